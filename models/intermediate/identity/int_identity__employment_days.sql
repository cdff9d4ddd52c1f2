-- grain: one row per subject, occupation, start, date known and end

with

employment as (
    select * from {{ ref('stg_identity__employment') }}
),

days as (
    select
        subject_id,
        occupation,
        cast(started_at as date) as event_date,
        cast(known_at as date) as known_date,
        cast(ended_at as date) as ended_date,
        count(*) as periods_count
    from employment
    group by
        subject_id,
        occupation,
        cast(started_at as date),
        cast(known_at as date),
        cast(ended_at as date)
)

select * from days
