-- grain: one row per definition of default, score version and segment

with

segment_performance as (
    select * from {{ ref('segment_performance') }}
),

fairness_groups as (
    select * from {{ ref('fairness_groups') }}
),

-- Gender and age are for the operator alone, in group_performance.
score_performance as (
    select segment_performance.*
    from segment_performance
    where
        segment_performance.segment_type not in (
            select fairness_groups.characteristic from fairness_groups
        )
)

select * from score_performance
