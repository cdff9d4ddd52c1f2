-- grain: one row per subject and as-of date with a transaction in six months

{%- set window_months = 6 %}

with

wallet_months as (
    select * from {{ ref('int_payments__wallet_months') }}
    where is_in_6m
),

-- Month totals in whole units of currency, whose squares fit a decimal.
totals as (
    select
        subject_id,
        as_of_date,
        cast(sum(in_reference_amount) as decimal(19, 0)) as in_amount,
        cast(sum(salary_reference_amount) as decimal(19, 0)) as salary_amount,
        cast(sum(top_up_reference_amount) as decimal(19, 0)) as top_up_amount
    from wallet_months
    group by subject_id, as_of_date, least(month_back, {{ window_months }})
),

squares as (
    select
        subject_id,
        as_of_date,
        sum(in_amount) as in_6m,
        sum(in_amount * in_amount) as in_squares_6m,
        sum(salary_amount) as salary_6m,
        sum(salary_amount * salary_amount) as salary_squares_6m,
        sum(top_up_amount) as top_up_6m,
        sum(top_up_amount * top_up_amount) as top_up_squares_6m
    from totals
    group by subject_id, as_of_date
)

select * from squares
