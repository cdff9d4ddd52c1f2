-- grain: one row per subject, as-of date and score version

with

subjects as (
    select * from {{ ref('int_scored_subjects') }}
),

versions as (
    select * from {{ ref('int_score_versions') }}
),

subject_profiles as (
    select * from {{ ref('int_subject_profiles') }}
),

score_steps as (
    select * from {{ ref('int_score_steps') }}
),

bands as (
    select * from {{ ref('bands') }}
),

scores as (
    select
        subject_profiles.subject_id,
        subject_profiles.as_of_date,
        subject_profiles.score_version,
        subject_profiles.subject_kind,
        subject_profiles.profile,
        bands.band,
        subject_profiles.not_scoreable_reason,
        score_steps.score,
        subject_profiles.reliability_ratio,
        subjects.is_official,
        versions.is_champion,
        score_steps.score is not null as is_scoreable
    from subject_profiles
    inner join subjects
        on
            subject_profiles.subject_id = subjects.subject_id
            and subject_profiles.as_of_date = subjects.as_of_date
    inner join versions
        on subject_profiles.score_version = versions.score_version
    left join score_steps
        on
            subject_profiles.subject_id = score_steps.subject_id
            and subject_profiles.as_of_date = score_steps.as_of_date
            and subject_profiles.score_version = score_steps.score_version
    left join bands
        on
            score_steps.score_version = bands.score_version
            and score_steps.score >= bands.lower_bound
            and score_steps.score < bands.upper_bound
)

select * from scores
