-- grain: one row per subject and as-of date

with

scored_subjects as (
    select * from {{ ref('int_scored_subjects') }}
),

relations as (
    select * from {{ ref('int_relations') }}
),

subjects as (
    select * from {{ ref('stg_identity__subjects') }}
),

wanted as (
    select distinct
        related_subject_id as subject_id,
        standing_date as as_of_date
    from relations
),

-- Official scores of a month's first day need nobody more: their relations are
-- scored as of the same day.
for_standing as (
    select
        wanted.subject_id,
        subjects.kind as subject_kind,
        subjects.country,
        false as is_scored,
        wanted.as_of_date
    from wanted
    inner join subjects on wanted.subject_id = subjects.subject_id
    left join scored_subjects
        on {{ same_score('scored_subjects', 'wanted') }}
    where
        cast(subjects.registered_at as date) < wanted.as_of_date
        and cast(subjects.known_at as date) < wanted.as_of_date
        and scored_subjects.subject_id is null
),

measured_subjects as (
    select
        subject_id,
        subject_kind,
        country,
        true as is_scored,
        as_of_date
    from scored_subjects
    union all
    select * from for_standing
)

select * from measured_subjects
