-- grain: one row per definition of default, score version, characteristic and group

with

segment_performance as (
    select * from {{ ref('segment_performance') }}
),

fairness_groups as (
    select * from {{ ref('fairness_groups') }}
),

rules as (
    select * from {{ ref('monitoring_rules') }}
),

score_outcomes as (
    select * from {{ ref('score_outcomes') }}
    where is_judged and is_scored
),

subject_groups as (
    select * from {{ ref('subject_groups') }}
),

-- Who has had five loans is one member.
member_counts as (
    select
        score_outcomes.definition,
        score_outcomes.score_version,
        subject_groups.characteristic as segment_type,
        subject_groups.group_name as segment,
        count(distinct score_outcomes.subject_id) as member_count
    from score_outcomes
    inner join subject_groups
        on {{ same_score('subject_groups', 'score_outcomes') }}
    group by
        score_outcomes.definition,
        score_outcomes.score_version,
        subject_groups.characteristic,
        subject_groups.group_name
),

group_performance as (
    select
        segment_performance.*,
        cast(coalesce(member_counts.member_count, 0) as bigint) as member_count,
        fairness_groups.is_reference,
        coalesce(member_counts.member_count, 0) < rules.small_group_count
            as is_small_group,
        least(
            segment_performance.default_count,
            segment_performance.scored_count
            - segment_performance.default_count
        ) < rules.enough_default_count as has_few_defaults
    from segment_performance
    inner join fairness_groups
        on
            segment_performance.segment_type = fairness_groups.characteristic
            and segment_performance.segment = fairness_groups.group_name
    cross join rules
    left join member_counts
        on {{ same_segment('segment_performance', 'member_counts') }}
)

select * from group_performance
