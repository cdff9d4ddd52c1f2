-- grain: one row per subject who rated, date of the rating and date known

with

ratings as (
    select * from {{ ref('stg_social__ratings') }}
    -- nobody rates themselves
    where from_subject_id <> to_subject_id
),

days as (
    select
        from_subject_id as subject_id,
        cast(rated_at as date) as event_date,
        cast(known_at as date) as known_date,
        count(*) as ratings_count
    from ratings
    group by
        from_subject_id,
        cast(rated_at as date),
        cast(known_at as date)
)

select * from days
