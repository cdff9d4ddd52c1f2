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

subjects as (
    select * from {{ ref('stg_identity__subjects') }}
),

last_official as (
    select max(as_of_date) as as_of_date from {{ ref('int_as_of_dates') }}
),

-- Outcomes that this build was to score, or would have scored had it known the
-- subject. Of one that came after the last official date (`sesame build
-- --as-of` an earlier one), or of a subject whom a dev build leaves out, or of
-- an application not yet known, the score is missing because nobody asked for
-- it: counted as refused, it would make approval fall as time goes by.
asked_for as (
    select outcome_labels.*
    from outcome_labels
    cross join last_official
    left join subjects
        on
            outcome_labels.subject_id = subjects.subject_id
            and cast(subjects.registered_at as date) < outcome_labels.as_of_date
            and cast(subjects.known_at as date) < outcome_labels.as_of_date
    where
        outcome_labels.subject_kind is not null
        or (
            subjects.subject_id is null
            and outcome_labels.as_of_date <= last_official.as_of_date
            and {{ in_dev_sample('outcome_labels.subject_id') }}
        )
),

-- What is over is decided once, in outcome_labels. Outcomes of unknown subjects
-- are judged, though nobody can learn from them, beside all others without a
-- score: a model that refuses the hard cases would otherwise look better than it
-- is. What is not over yet is here too, and in no figure but immature_count: a
-- month whose window runs would have good outcomes that may still go bad.
score_outcomes as (
    select
        asked_for.outcome_id,
        versions.score_version,
        asked_for.subject_id,
        asked_for.as_of_date,
        asked_for.definition,
        asked_for.maturity,
        scores.subject_kind,
        scores.profile,
        scores.band,
        scores.score,
        scores.reliability_ratio,
        asked_for.is_default,
        asked_for.is_closed,
        versions.is_champion,
        coalesce(scores.is_scoreable, false) as is_scored,
        asked_for.is_judged,
        asked_for.observed_at
    from asked_for
    cross join versions
    left join scores
        on
            asked_for.subject_id = scores.subject_id
            and asked_for.as_of_date = scores.as_of_date
            and versions.score_version = scores.score_version
)

select * from score_outcomes
