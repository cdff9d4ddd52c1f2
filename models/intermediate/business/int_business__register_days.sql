-- grain: one row per business, kind of entry, event date and known date

with

registrations as (
    select * from {{ ref('stg_public_records__business_registrations') }}
),

by_day as (
    select
        subject_id,
        kind,
        count(*) as entries_count,
        cast(effective_at as date) as event_date,
        cast(known_at as date) as known_date
    from registrations
    group by
        subject_id, kind, cast(effective_at as date), cast(known_at as date)
)

select * from by_day
