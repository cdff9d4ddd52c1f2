-- grain: one row per subject, date of opening, date known and kind of credit

with

accounts as (
    select * from {{ ref('stg_payments__credit_accounts') }}
),

days as (
    select
        subject_id,
        kind as account_kind,
        cast(opened_at as date) as event_date,
        cast(known_at as date) as known_date,
        count(*) as accounts_count
    from accounts
    group by
        subject_id,
        kind,
        cast(opened_at as date),
        cast(known_at as date)
)

select * from days
