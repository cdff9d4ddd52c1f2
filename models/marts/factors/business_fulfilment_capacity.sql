-- grain: one row per business and as-of date

{%- set counts = [
    'firm_overdrawn_readings_count_12m',
] %}
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
    'firm_balance_minimum_6m',
] %}

with

businesses as (
    select * from {{ ref('int_measured_subjects') }}
    where subject_kind = 'business'
),

trade as (
    select * from {{ ref('int_business__trade_windows') }}
),

shops as (
    select * from {{ ref('int_business__shop_windows') }}
),

balances as (
    select * from {{ ref('int_payments__balance_windows') }}
),

wallets as (
    select * from {{ ref('int_payments__wallet_windows') }}
),

reported_attributes as (
    select * from {{ ref('int_partners__reported_attributes') }}
),

reported as (
    {{ pivot_reported(
        'reported_attributes', counts + shares + measures
    ) }}
),

measured as (
    select
        businesses.subject_id,
        businesses.as_of_date,
        trade.firm_sales_monthly_mean_12m,
        trade.firm_sales_trend_ratio_12m,
        trade.firm_sales_variation_ratio_12m,
        trade.firm_purchase_to_sales_ratio_12m,
        shops.firm_order_amount_monthly_mean_12m,
        shops.firm_delivery_on_time_ratio_12m,
        balances.balance_mean_6m as firm_balance_mean_6m,
        balances.overdrawn_readings_count_12m
            as firm_overdrawn_readings_count_12m,
        balances.balance_minimum_6m as firm_balance_minimum_6m,
        wallets.net_cash_flow_ratio_6m as firm_net_cash_flow_ratio_6m
    from businesses
    left join trade on {{ same_score('trade', 'businesses') }}
    left join shops on {{ same_score('shops', 'businesses') }}
    left join balances on {{ same_score('balances', 'businesses') }}
    left join wallets on {{ same_score('wallets', 'businesses') }}
),

attributes as (
    select
        measured.subject_id,
        measured.as_of_date,
        {{ attribute_columns(
            counts=counts,
            shares=shares,
            measures=measures
        ) }}
    from measured
    left join reported on {{ same_score('reported', 'measured') }}
)

select * from attributes
