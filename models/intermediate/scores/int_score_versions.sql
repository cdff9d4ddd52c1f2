-- grain: one row per score version in service, champion or challenger

with

decisions as (
    select * from {{ ref('score_versions') }}
),

ranked as (
    select
        score_version,
        status,
        decision_number,
        row_number() over (
            partition by score_version order by decision_number desc
        ) as version_rank,
        max(case when status = 'champion' then decision_number end)
            over () as champion_decision_number
    from decisions
),

-- The latest decision about a version holds. Making another version the champion is one
-- more row, and so is taking that back: a former champion stays in service as a challenger.
-- A build may ask for retired versions too, to score a past day as it was scored then.
in_service as (
    select
        score_version,
        decision_number = champion_decision_number as is_champion
    from ranked
    where
        version_rank = 1
        and (
            status in ('champion', 'challenger')
            {%- for version in var('also_score') %}
            or score_version = '{{ version }}'
            {%- endfor %}
        )
)

select * from in_service
