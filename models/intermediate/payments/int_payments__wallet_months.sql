-- grain: one row per subject, as-of date, month back of the last 12 and whether within the last 6

with

measured_subjects as (
    select * from {{ ref('int_measured_subjects') }}
),

transactions as (
    select * from {{ ref('int_payments__wallet_transactions') }}
),

described as (
    select
        measured_subjects.subject_id,
        measured_subjects.as_of_date,
        transactions.transactions_count,
        transactions.inflows_count,
        transactions.salary_count,
        transactions.top_up_count,
        transactions.unconverted_count,
        transactions.in_reference_amount,
        transactions.out_reference_amount,
        transactions.out_cash_reference_amount,
        transactions.salary_reference_amount,
        transactions.top_up_reference_amount,
        {{ month_back('transactions.event_date',
            'measured_subjects.as_of_date', 12) }} as month_back,
        {{ in_window('transactions.event_date',
            'measured_subjects.as_of_date', 6) }} as is_in_6m
    from measured_subjects
    inner join transactions on {{ seen('transactions', 12) }}
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
