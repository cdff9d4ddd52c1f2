-- grain: one row per subject, date of the inquiry and date known

with

inquiries as (
    select * from {{ ref('stg_partners__inquiries') }}
),

days as (
    select
        subject_id,
        cast(asked_at as date) as event_date,
        cast(known_at as date) as known_date,
        count(*) as inquiries_count,
        count(case when purpose = 'credit' then 1 end)
            as credit_inquiries_count
    from inquiries
    group by
        subject_id,
        cast(asked_at as date),
        cast(known_at as date)
)

select * from days
