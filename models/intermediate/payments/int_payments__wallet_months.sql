-- grain: one row per subject, as-of date and month of the last 6, the 6 before them in one
{#
    Of the older six months only the masks are wanted, which say in which of the last twelve months
    there was such a transaction: bit n for the n-th month back.
#}

{{ config(materialized='view') }}

{%- set window_months = 6 %}

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
            'measured_subjects.as_of_date', window_months) }} as is_in_6m
    from measured_subjects
    inner join transactions on {{ seen('transactions', 12) }}
),

-- As of a day that a month lacks, the six months begin in the seventh.
placed as (
    select
        *,
        case when is_in_6m then least(month_back, {{ window_months }}) end
            as month_of_6,
        {{ bit_of('month_back') }} as month_bit
    from described
),

months as (
    select
        subject_id,
        as_of_date,
        month_of_6,
        cast(sum(transactions_count) as bigint) as transactions_count,
        cast(sum(unconverted_count) as bigint) as unconverted_count,
        sum(in_reference_amount) as in_reference_amount,
        sum(out_reference_amount) as out_reference_amount,
        sum(out_cash_reference_amount) as out_cash_reference_amount,
        sum(salary_reference_amount) as salary_reference_amount,
        sum(top_up_reference_amount) as top_up_reference_amount,
        bit_or(case when inflows_count > 0 then month_bit else 0 end)
            as inflow_months,
        bit_or(case when salary_count > 0 then month_bit else 0 end)
            as salary_months,
        bit_or(case when top_up_count > 0 then month_bit else 0 end)
            as top_up_months
    from placed
    group by subject_id, as_of_date, month_of_6
)

select * from months
