-- grain: one row per outcome and score version

with

outcome_labels as (
    select * from {{ ref('outcome_labels') }}
),

versions as (
    select * from {{ ref('int_score_versions') }}
),

scores as (
    select * from {{ ref('scores') }}
),

-- What is over is decided once, in outcome_labels. Two kinds are kept here that
-- training leaves out. Outcomes of unknown subjects, beside all others without a
-- score: a model that refuses the hard cases would otherwise look better than it
-- is. And immature ones, as no default so far: a default counts from its day on,
-- so that of a month whose window runs the defaults alone would be left and its
-- default rate be 100 %. Training can wait, a page about last month cannot;
-- immature_count says how far to believe it.
score_outcomes as (
    select
        outcome_labels.outcome_id,
        versions.score_version,
        outcome_labels.subject_id,
        outcome_labels.as_of_date,
        outcome_labels.definition,
        outcome_labels.maturity,
        scores.subject_kind,
        scores.profile,
        scores.band,
        scores.score,
        scores.reliability_ratio,
        outcome_labels.is_default,
        outcome_labels.is_closed,
        versions.is_champion,
        coalesce(scores.is_scoreable, false) as is_scored,
        outcome_labels.observed_at
    from outcome_labels
    cross join versions
    left join scores
        on
            outcome_labels.subject_id = scores.subject_id
            and outcome_labels.as_of_date = scores.as_of_date
            and versions.score_version = scores.score_version
)

select * from score_outcomes
