-- grain: one row per subject, date on which deposits ended and date known

with

deposits as (
    select * from {{ ref('stg_payments__deposits') }}
),

-- The window is of endings: that a deposit was placed says nothing yet.
days as (
    select
        subject_id,
        cast(ended_at as date) as event_date,
        cast(known_at as date) as known_date,
        count(*) as deposits_count,
        count(case when kept_amount = 0 then 1 end) as returned_count
    from deposits
    group by
        subject_id,
        cast(ended_at as date),
        cast(known_at as date)
)

select * from days
