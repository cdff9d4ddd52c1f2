-- grain: one row per subject, as-of date, month back of the last 12 and whether within the last 6

with

measured_subjects as (
    select * from {{ ref('int_measured_subjects') }}
),

wallet_days as (
    select * from {{ ref('int_payments__wallet_days') }}
),

described as (
    select
        measured_subjects.subject_id,
        measured_subjects.as_of_date,
        wallet_days.transactions_count,
        wallet_days.inflows_count,
        wallet_days.salary_count,
        wallet_days.top_up_count,
        wallet_days.unconverted_count,
        wallet_days.in_reference_amount,
        wallet_days.out_reference_amount,
        wallet_days.out_cash_reference_amount,
        wallet_days.salary_reference_amount,
        wallet_days.top_up_reference_amount,
        {{ month_back('wallet_days.event_date',
            'measured_subjects.as_of_date', 12) }} as month_back,
        {{ in_window('wallet_days.event_date',
            'measured_subjects.as_of_date', 6) }} as is_in_6m
    from measured_subjects
    inner join wallet_days on {{ seen('wallet_days', 12) }}
),

months as (
    select
        subject_id,
        as_of_date,
        month_back,
        is_in_6m,
        sum(transactions_count) as transactions_count,
        sum(inflows_count) as inflows_count,
        sum(salary_count) as salary_count,
        sum(top_up_count) as top_up_count,
        sum(unconverted_count) as unconverted_count,
        sum(in_reference_amount) as in_reference_amount,
        sum(out_reference_amount) as out_reference_amount,
        sum(out_cash_reference_amount) as out_cash_reference_amount,
        sum(salary_reference_amount) as salary_reference_amount,
        sum(top_up_reference_amount) as top_up_reference_amount
    from described
    group by subject_id, as_of_date, month_back, is_in_6m
)

select * from months
