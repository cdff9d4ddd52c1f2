-- grain: one row per subject, start of validity and date known

with

phones as (
    select * from {{ ref('stg_identity__phones') }}
),

days as (
    select
        subject_id,
        cast(valid_from_at as date) as event_date,
        cast(known_at as date) as known_date,
        count(*) as phones_count
    from phones
    group by
        subject_id,
        cast(valid_from_at as date),
        cast(known_at as date)
)

select * from days
