-- grain: one row per consumer and as-of date

{%- set counts = [
    'salary_active_months_12m',
    'overdrawn_readings_count_12m',
    'social_insurance_months_24m',
    'property_count',
    'inflow_active_months_12m',
    'holding_kinds_count_6m',
] %}
{%- set shares = [
    'deposits_returned_ratio_24m',
] %}
{%- set measures = [
    'balance_mean_6m',
    'balance_minimum_6m',
    'buffer_months_6m',
    'inflow_monthly_mean_6m',
    'inflow_variation_ratio_6m',
    'net_cash_flow_ratio_6m',
    'holdings_value_6m',
    'salary_variation_ratio_6m',
    'balance_change_6m',
    'debt_service_ratio_6m',
    'standing_order_burden_ratio_6m',
] %}
{%- set categories = [
    'checking_account_level',
    'savings_level',
    'property_level',
    'instalment_burden_level',
] %}

with

consumers as (
    select * from {{ ref('int_measured_subjects') }}
    where subject_kind = 'consumer'
),

balances as (
    select * from {{ ref('int_payments__balance_windows') }}
),

wallets as (
    select * from {{ ref('int_payments__wallet_windows') }}
),

repayments as (
    select * from {{ ref('int_payments__repayment_windows') }}
),

standing_orders as (
    select * from {{ ref('int_payments__standing_order_windows') }}
),

savings as (
    select * from {{ ref('int_payments__savings_windows') }}
),

standings as (
    select * from {{ ref('int_public_records__standing_windows') }}
),

reported_attributes as (
    select * from {{ ref('int_partners__reported_attributes') }}
),

reported as (
    {{ pivot_reported(
        'reported_attributes', counts + shares + measures, categories
    ) }}
),

measured as (
    select
        consumers.subject_id,
        consumers.as_of_date,
        balances.balance_mean_6m,
        balances.balance_minimum_6m,
        balances.overdrawn_readings_count_12m,
        balances.balance_change_6m,
        {{ ratio('balances.balance_mean_6m',
            'wallets.outflow_monthly_mean_6m') }} as buffer_months_6m,
        wallets.inflow_monthly_mean_6m,
        wallets.inflow_variation_ratio_6m,
        wallets.net_cash_flow_ratio_6m,
        wallets.salary_active_months_12m,
        wallets.inflow_active_months_12m,
        wallets.salary_variation_ratio_6m,
        savings.holdings_value_6m,
        savings.deposits_returned_ratio_24m,
        savings.holding_kinds_count_6m,
        standings.social_insurance_months_24m,
        standings.property_count,
        {{ ratio('repayments.instalment_due_monthly_mean_6m',
            'wallets.inflow_monthly_mean_6m') }} as debt_service_ratio_6m,
        {{ ratio('standing_orders.standing_orders_amount',
            'wallets.inflow_monthly_mean_6m') }}
            as standing_order_burden_ratio_6m
    from consumers
    left join balances on {{ same_score('balances', 'consumers') }}
    left join wallets on {{ same_score('wallets', 'consumers') }}
    left join repayments on {{ same_score('repayments', 'consumers') }}
    left join standing_orders
        on {{ same_score('standing_orders', 'consumers') }}
    left join savings on {{ same_score('savings', 'consumers') }}
    left join standings on {{ same_score('standings', 'consumers') }}
),

attributes as (
    select
        measured.subject_id,
        measured.as_of_date,
        {{ attribute_columns(
            counts=counts,
            shares=shares,
            measures=measures,
            categories=categories
        ) }}
    from measured
    left join reported on {{ same_score('reported', 'measured') }}
)

select * from attributes
