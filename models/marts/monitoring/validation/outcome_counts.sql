-- grain: one row per definition of default, score version, segment and score, or no score
{#
    Everything that outcomes can say about scores, counted once. What is not over yet is in
    immature_count alone, and a score may have nothing else.
#}
{%- set segments = [
    ('all', "'all'"),
    ('vintage', 'cast(vintage_date as string)'),
    ('profile', "subject_kind || ' ' || profile"),
    ('subject_kind', 'subject_kind'),
    ('thickness', 'thickness'),
] %}

with

score_outcomes as (
    select * from {{ ref('score_outcomes') }}
),

rules as (
    select * from {{ ref('monitoring_rules') }}
),

subject_groups as (
    select * from {{ ref('subject_groups') }}
),

scales as (
    select * from {{ ref('scales') }}
),

described as (
    select
        score_outcomes.*,
        {{ month_start('score_outcomes.as_of_date') }} as vintage_date,
        case
            when
                score_outcomes.reliability_ratio < rules.thin_reliability_ratio
                then 'thin'
            when score_outcomes.reliability_ratio is not null then 'thick'
        end as thickness
    from score_outcomes
    cross join rules
),

members as (
    {%- for segment_type, segment in segments %}
    select
        definition,
        score_version,
        '{{ segment_type }}' as segment_type,
        {{ segment }} as segment,
        score,
        maturity,
        is_judged,
        is_default,
        is_champion
    from described
    union all
    {%- endfor %}
    select
        described.definition,
        described.score_version,
        subject_groups.characteristic as segment_type,
        subject_groups.group_name as segment,
        described.score,
        described.maturity,
        described.is_judged,
        described.is_default,
        described.is_champion
    from described
    inner join subject_groups
        on {{ same_score('subject_groups', 'described') }}
),

counted as (
    select
        definition,
        score_version,
        segment_type,
        segment,
        score,
        count(case when is_judged then 1 end) as outcome_count,
        count(case when is_judged and is_default then 1 end) as default_count,
        count(case when is_judged and not is_default then 1 end) as good_count,
        count(case when is_judged and maturity = 'censored' then 1 end)
            as censored_count,
        count(case when not is_judged then 1 end) as immature_count,
        is_champion
    from members
    where segment is not null
    group by
        definition, score_version, segment_type, segment, score, is_champion
),

outcome_counts as (
    select
        counted.definition,
        counted.score_version,
        counted.segment_type,
        counted.segment,
        counted.score,
        {{ double_to_decimal(
            score_log_odds('counted.score', 'scales'), 18, 12
        ) }} as log_odds,
        {{ double_to_decimal(
            default_probability(score_log_odds('counted.score', 'scales')),
            18, 12
        ) }} as default_probability,
        counted.outcome_count,
        counted.default_count,
        counted.good_count,
        counted.censored_count,
        counted.immature_count,
        counted.is_champion
    from counted
    inner join scales on counted.score_version = scales.score_version
)

select * from outcome_counts
