-- grain: one row per subject and as-of date with any transaction

with

measured_subjects as (
    select * from {{ ref('int_measured_subjects') }}
),

transactions as (
    select * from {{ ref('int_payments__wallet_transactions') }}
),

wallet_months as (
    select * from {{ ref('int_payments__wallet_months') }}
),

month_squares as (
    select * from {{ ref('int_payments__wallet_squares') }}
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

window_sums as (
    select
        subject_id,
        as_of_date,
        sum(case when is_in_6m then transactions_count else 0 end)
            as transactions_6m,
        sum(case when is_in_6m then unconverted_count else 0 end)
            as unconverted_6m,
        sum(case when is_in_6m then in_reference_amount else 0 end) as in_6m,
        sum(case when is_in_6m then out_reference_amount else 0 end)
            as out_6m,
        sum(case when is_in_6m then out_cash_reference_amount else 0 end)
            as out_cash_6m,
        count(distinct case when inflows_count > 0 then month_back end)
            as inflow_months_12m,
        count(distinct case when salary_count > 0 then month_back end)
            as salary_months_12m,
        count(distinct case when top_up_count > 0 then month_back end)
            as top_up_months_12m
    from wallet_months
    group by subject_id, as_of_date
),

-- An amount in an unknown currency leaves no amount to trust.
converted as (
    select
        first_days.subject_id,
        first_days.as_of_date,
        {{ month_back(
            'first_days.event_date', 'first_days.as_of_date', 6
        ) }} as observed_months_6m,
        coalesce(window_sums.transactions_6m, 0) as transactions_6m,
        {%- for amount in ['in_6m', 'out_6m', 'out_cash_6m'] %}
        case
            when coalesce(window_sums.unconverted_6m, 0) = 0
                then coalesce(window_sums.{{ amount }}, 0)
        end as {{ amount }},
        {%- endfor %}
        coalesce(window_sums.inflow_months_12m, 0) as inflow_active_months_12m,
        coalesce(window_sums.salary_months_12m, 0) as salary_active_months_12m,
        coalesce(window_sums.top_up_months_12m, 0) as top_up_active_months_12m
    from first_days
    left join window_sums on {{ same_score('window_sums', 'first_days') }}
),

measured as (
    select
        converted.subject_id,
        converted.as_of_date,
        converted.inflow_active_months_12m,
        converted.salary_active_months_12m,
        converted.top_up_active_months_12m,
        {{ ratio('converted.out_cash_6m', 'converted.out_6m') }}
            as cash_share_ratio_6m,
        case
            when converted.transactions_6m > 0
                then {{ ratio('converted.in_6m',
                    'converted.observed_months_6m') }}
        end as inflow_monthly_mean_6m,
        {{ ratio('converted.out_6m', 'converted.observed_months_6m') }}
            as outflow_monthly_mean_6m,
        case
            when converted.in_6m > 0
                then {{ variation('month_squares.in_6m',
                    'month_squares.in_squares_6m',
                    'converted.observed_months_6m') }}
        end as inflow_variation_ratio_6m,
        case
            when converted.in_6m is not null
                then {{ variation('month_squares.salary_6m',
                    'month_squares.salary_squares_6m',
                    'converted.observed_months_6m') }}
        end as salary_variation_ratio_6m,
        case
            when converted.in_6m is not null
                then {{ variation('month_squares.top_up_6m',
                    'month_squares.top_up_squares_6m',
                    'converted.observed_months_6m') }}
        end as top_up_variation_ratio_6m,
        {{ ratio('(converted.in_6m - converted.out_6m)',
            'converted.in_6m') }} as net_cash_flow_ratio_6m
    from converted
    left join month_squares on {{ same_score('month_squares', 'converted') }}
)

select * from measured
