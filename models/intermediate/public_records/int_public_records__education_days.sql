-- grain: one row per subject, level of education, date completed and date known

with

education as (
    select * from {{ ref('stg_public_records__education') }}
),

education_levels as (
    select * from {{ ref('education_levels') }}
),

days as (
    select
        education.subject_id,
        education.level,
        education_levels.level_rank,
        cast(education.completed_at as date) as event_date,
        cast(education.known_at as date) as known_date,
        count(*) as records_count
    from education
    inner join education_levels
        on education.level = education_levels.level
    group by
        education.subject_id,
        education.level,
        education_levels.level_rank,
        cast(education.completed_at as date),
        cast(education.known_at as date)
)

select * from days
