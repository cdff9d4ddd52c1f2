-- grain: one row per business, owner, event date and known date

with

owners as (
    select * from {{ ref('stg_identity__business_owners') }}
),

-- The end of an ownership arrives as a second row with the same start.
reports as (
    select
        subject_id,
        owner_subject_id,
        cast(since_at as date) as event_date,
        cast(known_at as date) as known_date,
        cast(until_at as date) as until_date,
        row_number() over (
            partition by
                subject_id,
                owner_subject_id,
                cast(since_at as date),
                cast(known_at as date)
            order by known_at desc, ownership_id desc
        ) as latest_rank
    from owners
),

by_day as (
    select
        subject_id,
        owner_subject_id,
        event_date,
        known_date,
        until_date
    from reports
    where latest_rank = 1
)

select * from by_day
