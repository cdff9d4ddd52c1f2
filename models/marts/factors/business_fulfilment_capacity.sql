-- grain: one row per business and as-of date

{%- set shares = [
    'firm_delivery_on_time_ratio_12m',
] %}
{%- set measures = [
    'firm_sales_monthly_mean_12m',
    'firm_sales_trend_ratio_12m',
    'firm_sales_variation_ratio_12m',
    'firm_purchase_to_sales_ratio_12m',
    'firm_order_amount_monthly_mean_12m',
    'firm_balance_mean_6m',
    'firm_net_cash_flow_ratio_6m',
] %}

with

businesses as (
    select * from {{ ref('int_scoring_subjects') }}
    where subject_kind = 'business'
),

reported_attributes as (
    select * from {{ ref('int_partners__reported_attributes') }}
),

trade as (
    select * from {{ ref('int_business__trade_windows') }}
),

order_days as (
    select * from {{ ref('int_business__shop_order_days') }}
),

balance_days as (
    select * from {{ ref('int_payments__balance_days') }}
),

wallet_days as (
    select * from {{ ref('int_payments__wallet_days') }}
),

-- Older orders stay in, without adding to a sum: a shop that sold nothing in
-- the window sold 0, a business without a shop sold null.
shop_orders as (
    select
        businesses.subject_id,
        businesses.as_of_date,
        order_days.promised_count,
        order_days.on_time_count,
        order_days.unconverted_count,
        order_days.completed_reference_amount,
        {{ month_back(
            'order_days.event_date', 'businesses.as_of_date', 12
        ) }} as month_back,
        {{ in_window(
            'order_days.event_date', 'businesses.as_of_date', 12
        ) }} as is_in_window
    from businesses
    inner join order_days
        on
            businesses.subject_id = order_days.subject_id
            and {{ known_before('order_days', 'businesses') }}
),

orders as (
    select
        subject_id,
        as_of_date,
        max(month_back) as observed_months,
        sum(case when is_in_window then promised_count end) as promised_count,
        sum(case when is_in_window then on_time_count end) as on_time_count,
        sum(case when is_in_window then unconverted_count else 0 end)
            as unconverted_count,
        sum(case when is_in_window then completed_reference_amount else 0 end)
            as completed_reference_amount
    from shop_orders
    group by subject_id, as_of_date
),

balances as (
    select
        businesses.subject_id,
        businesses.as_of_date,
        sum(balance_days.readings_count) as readings_count,
        sum(balance_days.unconverted_count) as unconverted_count,
        sum(balance_days.balance_reference_amount) as balance_reference_amount
    from businesses
    inner join balance_days
        on
            businesses.subject_id = balance_days.subject_id
            and {{ known_before('balance_days', 'businesses') }}
            and {{ in_window(
                'balance_days.event_date', 'businesses.as_of_date', 6
            ) }}
    group by businesses.subject_id, businesses.as_of_date
),

wallets as (
    select
        businesses.subject_id,
        businesses.as_of_date,
        sum(wallet_days.unconverted_count) as unconverted_count,
        sum(wallet_days.in_reference_amount) as in_reference_amount,
        sum(wallet_days.out_reference_amount) as out_reference_amount
    from businesses
    inner join wallet_days
        on
            businesses.subject_id = wallet_days.subject_id
            and {{ known_before('wallet_days', 'businesses') }}
            and {{ in_window(
                'wallet_days.event_date', 'businesses.as_of_date', 6
            ) }}
    group by businesses.subject_id, businesses.as_of_date
),

measured as (
    select
        businesses.subject_id,
        businesses.as_of_date,
        {{ ratio('trade.issued_reference_amount', 'trade.issued_months') }}
            as firm_sales_monthly_mean_12m,
        {{ ratio(
            'trade.issued_later_half_reference_amount',
            'trade.issued_reference_amount'
        ) }} as firm_sales_trend_ratio_12m,
        trade.issued_variation_ratio as firm_sales_variation_ratio_12m,
        {{ ratio(
            'trade.received_reference_amount', 'trade.issued_reference_amount'
        ) }} as firm_purchase_to_sales_ratio_12m,
        case
            when orders.unconverted_count = 0
                then
                    {{ ratio(
                        'orders.completed_reference_amount',
                        'orders.observed_months'
                    ) }}
        end as firm_order_amount_monthly_mean_12m,
        {{ ratio('orders.on_time_count', 'orders.promised_count') }}
            as firm_delivery_on_time_ratio_12m,
        case
            when balances.unconverted_count = 0
                then
                    {{ ratio(
                        'balances.balance_reference_amount',
                        'balances.readings_count'
                    ) }}
        end as firm_balance_mean_6m,
        case
            when wallets.unconverted_count = 0
                then
                    {{ ratio(
                        '(wallets.in_reference_amount'
                        ~ ' - wallets.out_reference_amount)',
                        'wallets.in_reference_amount'
                    ) }}
        end as firm_net_cash_flow_ratio_6m
    from businesses
    left join trade
        on
            businesses.subject_id = trade.subject_id
            and businesses.as_of_date = trade.as_of_date
    left join orders
        on
            businesses.subject_id = orders.subject_id
            and businesses.as_of_date = orders.as_of_date
    left join balances
        on
            businesses.subject_id = balances.subject_id
            and businesses.as_of_date = balances.as_of_date
    left join wallets
        on
            businesses.subject_id = wallets.subject_id
            and businesses.as_of_date = wallets.as_of_date
),

reported as (
    {{ pivot_reported(
        'reported_attributes', numeric=shares + measures
    ) }}
),

attributes as (
    select
        measured.subject_id,
        measured.as_of_date,
        {{ attribute_columns(
            shares=shares, measures=measures
        ) }}
    from measured
    left join reported
        on
            measured.subject_id = reported.subject_id
            and measured.as_of_date = reported.as_of_date
)

select * from attributes
