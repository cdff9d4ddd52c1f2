-- grain: one row per subject and as-of date with any transaction

with

scoring_subjects as (
    select * from {{ ref('int_scoring_subjects') }}
),

wallet_days as (
    select * from {{ ref('int_payments__wallet_days') }}
),

-- Not cut to a window: the first transaction tells how many months to divide
-- by.
wallet_sums as (
    select
        scoring_subjects.subject_id,
        scoring_subjects.as_of_date,
        {{ month_back('min(wallet_days.event_date)',
            'scoring_subjects.as_of_date', 6) }} as observed_months_6m,
        {{ window_sum('wallet_days', 'transactions_count', 6) }}
            as transactions_6m,
        {{ window_sum('wallet_days', 'unconverted_count', 6) }}
            as unconverted_6m,
        {{ window_sum('wallet_days', 'in_reference_amount', 6) }}
            as in_6m,
        {{ window_sum('wallet_days', 'out_reference_amount', 6) }}
            as out_6m,
        {{ window_sum('wallet_days', 'out_cash_reference_amount', 6) }}
            as out_cash_6m,
        {{ active_months('wallet_days', 'salary_count', 12) }}
            as salary_active_months_12m,
        {{ active_months('wallet_days', 'top_up_count', 12) }}
            as top_up_active_months_12m
    from scoring_subjects
    inner join wallet_days on {{ seen('wallet_days') }}
    group by scoring_subjects.subject_id, scoring_subjects.as_of_date
),

-- Month totals in whole units of currency, whose squares fit a decimal.
inflow_months as (
    select
        scoring_subjects.subject_id,
        scoring_subjects.as_of_date,
        cast(sum(wallet_days.in_reference_amount) as decimal(19, 0))
            as month_amount
    from scoring_subjects
    inner join wallet_days on {{ seen('wallet_days', 6) }}
    group by
        scoring_subjects.subject_id,
        scoring_subjects.as_of_date,
        {{ month_back('wallet_days.event_date',
            'scoring_subjects.as_of_date', 6) }}
),

inflow_squares as (
    select
        subject_id,
        as_of_date,
        sum(month_amount) as amount_6m,
        sum(month_amount * month_amount) as squares_6m
    from inflow_months
    group by subject_id, as_of_date
),

-- An amount in an unknown currency leaves no amount to trust.
converted as (
    select
        subject_id,
        as_of_date,
        observed_months_6m,
        case when unconverted_6m = 0 then in_6m end as in_6m,
        case when unconverted_6m = 0 then out_6m end as out_6m,
        case when unconverted_6m = 0 then out_cash_6m end as out_cash_6m,
        transactions_6m,
        salary_active_months_12m,
        top_up_active_months_12m
    from wallet_sums
),

measured as (
    select
        converted.subject_id,
        converted.as_of_date,
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
                then {{ variation('inflow_squares.amount_6m',
                    'inflow_squares.squares_6m',
                    'converted.observed_months_6m') }}
        end as inflow_variation_ratio_6m,
        {{ ratio('(converted.in_6m - converted.out_6m)',
            'converted.in_6m') }} as net_cash_flow_ratio_6m
    from converted
    left join inflow_squares on {{ same_score('inflow_squares', 'converted') }}
)

select * from measured
