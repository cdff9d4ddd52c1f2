-- grain: one row per subject, as-of date and month back, of the last 6 months

with

scoring_subjects as (
    select * from {{ ref('int_scoring_subjects') }}
),

wallet_days as (
    select * from {{ ref('int_payments__wallet_days') }}
),

-- Month totals in whole units of currency, whose squares fit a decimal.
months as (
    select
        scoring_subjects.subject_id,
        scoring_subjects.as_of_date,
        {{ month_back('wallet_days.event_date',
            'scoring_subjects.as_of_date', 6) }} as month_back,
        cast(sum(wallet_days.in_reference_amount) as decimal(19, 0))
            as in_amount,
        cast(sum(wallet_days.salary_reference_amount) as decimal(19, 0))
            as salary_amount,
        cast(sum(wallet_days.top_up_reference_amount) as decimal(19, 0))
            as top_up_amount
    from scoring_subjects
    inner join wallet_days on {{ seen('wallet_days', 6) }}
    group by
        scoring_subjects.subject_id,
        scoring_subjects.as_of_date,
        {{ month_back('wallet_days.event_date',
            'scoring_subjects.as_of_date', 6) }}
)

select * from months
