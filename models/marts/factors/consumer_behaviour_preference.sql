-- grain: one row per consumer and as-of date

{%- set counts = [
    'disputes_lost_count_12m',
    'marketplace_active_months_12m',
    'top_up_active_months_12m',
] %}
{%- set shares = [
    'night_share_ratio_6m',
    'category_concentration_ratio_12m',
    'cancellation_ratio_12m',
    'cash_share_ratio_6m',
    'cart_abandonment_ratio_6m',
] %}
{%- set measures = [
    'spend_monthly_mean_6m',
    'spend_variation_ratio_6m',
    'browse_to_order_ratio_6m',
    'return_ratio_12m',
] %}

with

consumers as (
    select * from {{ ref('int_scoring_subjects') }}
    where subject_kind = 'consumer'
),

orders as (
    select * from {{ ref('int_marketplace__order_windows') }}
),

shopping as (
    select * from {{ ref('int_marketplace__shopping_windows') }}
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
        consumers.subject_id,
        consumers.as_of_date,
        orders.spend_monthly_mean_6m,
        orders.spend_variation_ratio_6m,
        orders.cancellation_ratio_12m,
        orders.marketplace_active_months_12m,
        shopping.category_concentration_ratio_12m,
        shopping.return_ratio_12m,
        shopping.disputes_lost_count_12m,
        shopping.night_share_ratio_6m,
        shopping.browse_to_order_ratio_6m,
        shopping.cart_abandonment_ratio_6m,
        wallets.top_up_active_months_12m,
        wallets.cash_share_ratio_6m
    from consumers
    left join orders on {{ same_score('orders', 'consumers') }}
    left join shopping on {{ same_score('shopping', 'consumers') }}
    left join wallets on {{ same_score('wallets', 'consumers') }}
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
