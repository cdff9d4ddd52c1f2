-- grain: one row per owner, date registered, date known and date disposed of

with

assets as (
    select * from {{ ref('stg_public_records__property_and_vehicles') }}
),

days as (
    select
        subject_id,
        cast(registered_at as date) as event_date,
        cast(known_at as date) as known_date,
        cast(disposed_at as date) as disposed_date,
        count(*) as assets_count
    from assets
    group by
        subject_id,
        cast(registered_at as date),
        cast(known_at as date),
        cast(disposed_at as date)
)

select * from days
