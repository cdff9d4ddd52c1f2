-- grain: one row per subject, kind of address, start of validity and date known

with

addresses as (
    select * from {{ ref('stg_identity__addresses') }}
),

days as (
    select
        subject_id,
        kind as address_kind,
        cast(valid_from_at as date) as event_date,
        cast(known_at as date) as known_date,
        count(*) as addresses_count
    from addresses
    group by
        subject_id,
        kind,
        cast(valid_from_at as date),
        cast(known_at as date)
)

select * from days
