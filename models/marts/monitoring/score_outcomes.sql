-- grain: one row per outcome and score version

with

outcomes as (
    select * from {{ ref('stg_partners__outcomes') }}
),

versions as (
    select * from {{ ref('int_score_versions') }}
),

scores as (
    select * from {{ ref('scores') }}
),

definitions as (
    select * from {{ ref('default_definitions') }}
),

-- Outcomes without a score as of their date are kept: a model that refuses the hard cases
-- would otherwise look better than it is.
score_outcomes as (
    select
        outcomes.outcome_id,
        versions.score_version,
        outcomes.subject_id,
        cast(outcomes.scored_as_of_at as date) as as_of_date,
        outcomes.definition,
        scores.subject_kind,
        scores.profile,
        scores.band,
        scores.score,
        scores.reliability_ratio,
        outcomes.is_default,
        outcomes.is_closed,
        -- A default is final, and so is what outlived the definition's window, though the
        -- facility may still be running.
        outcomes.is_default
        or outcomes.is_closed
        or coalesce(
            cast(outcomes.observed_at as date) >= {{ add_months(
                'cast(outcomes.scored_as_of_at as date)',
                'definitions.window_months'
            ) }},
            false
        ) as is_mature,
        versions.is_champion,
        coalesce(scores.is_scoreable, false) as is_scored,
        outcomes.observed_at
    from outcomes
    cross join versions
    left join definitions on outcomes.definition = definitions.definition
    left join scores
        on
            outcomes.subject_id = scores.subject_id
            and cast(outcomes.scored_as_of_at as date) = scores.as_of_date
            and versions.score_version = scores.score_version
)

select * from score_outcomes
