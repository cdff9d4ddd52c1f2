-- grain: one row per subject, date devices were first seen and date known

with

devices as (
    select * from {{ ref('stg_identity__devices') }}
),

days as (
    select
        subject_id,
        cast(first_seen_at as date) as event_date,
        cast(known_at as date) as known_date,
        count(*) as devices_count
    from devices
    group by
        subject_id,
        cast(first_seen_at as date),
        cast(known_at as date)
)

select * from days
