-- grain: one row per subject and as-of date

with

as_of_dates as (
    select * from {{ ref('int_as_of_dates') }}
),

subjects as (
    select * from {{ ref('stg_identity__subjects') }}
    where {{ in_dev_sample('subject_id') }}
),

applications as (
    select * from {{ ref('stg_partners__applications') }}
),

-- A loan is scored as of its application, to be compared with its outcome
-- later: the application is looked at from the official date, not from its
-- own, on which it was not known yet.
wanted as (
    select
        subjects.subject_id,
        as_of_dates.as_of_date,
        true as is_official,
        true as is_asked_for
    from subjects
    cross join as_of_dates
    union all
    select
        applications.subject_id,
        cast(applications.applied_at as date) as as_of_date,
        false as is_official,
        false as is_asked_for
    from applications
    cross join as_of_dates
    where
        cast(applications.applied_at as date) < as_of_dates.as_of_date
        and cast(applications.known_at as date) < as_of_dates.as_of_date
    {%- if var('panel') %}
    union all
    select
        panel.subject_id,
        cast(panel.as_of_date as date) as as_of_date,
        false as is_official,
        true as is_asked_for
    from {{ var('panel') }} as panel
    {%- endif %}
),

pairs as (
    select
        subject_id,
        as_of_date,
        max(case when is_official then 1 else 0 end) = 1 as is_official,
        max(case when is_asked_for then 1 else 0 end) = 1 as is_asked_for
    from wanted
    group by subject_id, as_of_date
),

known_subjects as (
    select
        pairs.subject_id,
        subjects.kind as subject_kind,
        subjects.country,
        pairs.is_official,
        pairs.is_asked_for,
        pairs.as_of_date
    from pairs
    inner join subjects on pairs.subject_id = subjects.subject_id
    where
        cast(subjects.registered_at as date) < pairs.as_of_date
        and cast(subjects.known_at as date) < pairs.as_of_date
)

select * from known_subjects
