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

group_performance as (
    select
        segment_performance.*,
        fairness_groups.is_reference,
        segment_performance.scored_count < rules.small_group_count
            as is_small_group
    from segment_performance
    inner join fairness_groups
        on
            segment_performance.segment_type = fairness_groups.characteristic
            and segment_performance.segment = fairness_groups.group_name
    cross join rules
)

select * from group_performance
