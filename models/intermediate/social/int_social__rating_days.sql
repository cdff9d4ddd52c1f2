-- grain: one row per subject rated, date of the rating and date known

with

ratings as (
    select * from {{ ref('stg_social__ratings') }}
    -- nobody rates themselves
    where from_subject_id <> to_subject_id
),

days as (
    select
        to_subject_id as subject_id,
        cast(rated_at as date) as event_date,
        cast(known_at as date) as known_date,
        count(*) as ratings_count,
        count(case when value < 0 then 1 end) as negative_count,
        sum(cast(value as bigint)) as rating_sum
    from ratings
    group by
        to_subject_id,
        cast(rated_at as date),
        cast(known_at as date)
)

select * from days
