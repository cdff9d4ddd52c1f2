-- grain: one row per subject and as-of date with any transaction

with

measured_subjects as (
    select * from {{ ref('int_measured_subjects') }}
),

transactions as (
    select * from {{ ref('int_payments__wallet_transactions') }}
),

wallet_sums as (
    select * from {{ ref('int_payments__wallet_sums') }}
),

-- Not cut to a window: the first transaction tells how many months to divide
-- by, and that a count of none is a count.
first_days as (
    select
        measured_subjects.subject_id,
        measured_subjects.as_of_date,
        min(transactions.event_date) as event_date
    from measured_subjects
    inner join transactions on {{ seen('transactions') }}
    group by measured_subjects.subject_id, measured_subjects.as_of_date
),

-- An amount in an unknown currency leaves no amount to trust.
converted as (
    select
        first_days.subject_id,
        first_days.as_of_date,
        coalesce(wallet_sums.transactions_6m, 0) as transactions_6m,
        {%- for amount in ['in_6m', 'out_6m', 'out_cash_6m'] %}
        case
            when coalesce(wallet_sums.unconverted_6m, 0) = 0
                then coalesce(wallet_sums.{{ amount }}, 0)
        end as {{ amount }},
        {%- endfor %}
        {%- for kind in ['in', 'salary', 'top_up'] %}
        wallet_sums.{{ kind }}_whole_6m,
        wallet_sums.{{ kind }}_squares_6m,
        {%- endfor %}
        {%- for kind in ['inflow', 'salary', 'top_up'] %}
        cast(coalesce(wallet_sums.{{ kind }}_months_12m, 0) as bigint)
            as {{ kind }}_active_months_12m,
        {%- endfor %}
        {{ month_back(
            'first_days.event_date', 'first_days.as_of_date', 6
        ) }} as observed_months_6m
    from first_days
    left join wallet_sums on {{ same_score('wallet_sums', 'first_days') }}
),

measured as (
    select
        subject_id,
        as_of_date,
        inflow_active_months_12m,
        salary_active_months_12m,
        top_up_active_months_12m,
        {{ ratio('out_cash_6m', 'out_6m') }} as cash_share_ratio_6m,
        case
            when transactions_6m > 0
                then {{ ratio('in_6m', 'observed_months_6m') }}
        end as inflow_monthly_mean_6m,
        {{ ratio('out_6m', 'observed_months_6m') }}
            as outflow_monthly_mean_6m,
        case
            when in_6m > 0
                then {{ variation('in_whole_6m', 'in_squares_6m',
                    'observed_months_6m') }}
        end as inflow_variation_ratio_6m,
        case
            when in_6m is not null
                then {{ variation('salary_whole_6m', 'salary_squares_6m',
                    'observed_months_6m') }}
        end as salary_variation_ratio_6m,
        case
            when in_6m is not null
                then {{ variation('top_up_whole_6m', 'top_up_squares_6m',
                    'observed_months_6m') }}
        end as top_up_variation_ratio_6m,
        {{ ratio('(in_6m - out_6m)', 'in_6m') }} as net_cash_flow_ratio_6m
    from converted
)

select * from measured
