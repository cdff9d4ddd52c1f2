-- Protects stg_partners__outcomes: every definition of default that comes in
-- is written down in seed default_definitions, with its window or its whole
-- course. Without it training cannot tell an immature outcome from a good one,
-- and monitoring shows an AUC of nobody knows what.

with

outcomes as (
    select distinct definition
    from {{ ref('stg_partners__outcomes') }}
),

definitions as (
    select * from {{ ref('default_definitions') }}
),

unwritten as (
    select outcomes.definition
    from outcomes
    left join definitions
        on outcomes.definition = definitions.definition
    where definitions.definition is null
),

-- a window or the whole course, never both and never neither
without_end as (
    select definition
    from definitions
    where
        (window_months is null) <> is_whole_life
        or window_months <= 0
)

select * from unwritten
union all
select * from without_end
