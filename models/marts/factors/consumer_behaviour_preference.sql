-- grain: one row per consumer and as-of date

{%- set counts = [
    'disputes_lost_count_12m',
    'marketplace_active_months_12m',
    'top_up_active_months_12m',
    'standing_orders_count',
    'category_count_12m',
] %}
{%- set shares = [
    'night_share_ratio_6m',
    'category_concentration_ratio_12m',
    'cancellation_ratio_12m',
    'cash_share_ratio_6m',
    'cart_abandonment_ratio_6m',
    'reviewed_ratio_12m',
] %}
{%- set measures = [
    'spend_monthly_mean_6m',
    'spend_variation_ratio_6m',
    'browse_to_order_ratio_6m',
    'return_ratio_12m',
    'order_amount_mean_6m',
    'buyer_rating_mean_12m',
    'top_up_variation_ratio_6m',
    'favourite_to_view_ratio_6m',
] %}

with

consumers as (
    select * from {{ ref('int_measured_subjects') }}
    where subject_kind = 'consumer'
),

orders as (
    select * from {{ ref('int_marketplace__order_windows') }}
),

shopping as (
    select * from {{ ref('int_marketplace__shopping_windows') }}
),

reviews as (
    select * from {{ ref('int_marketplace__review_windows') }}
),

standing_orders as (
    select * from {{ ref('int_payments__standing_order_windows') }}
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
        orders.order_amount_mean_6m,
        shopping.category_concentration_ratio_12m,
        shopping.return_ratio_12m,
        shopping.disputes_lost_count_12m,
        shopping.night_share_ratio_6m,
        shopping.browse_to_order_ratio_6m,
        shopping.cart_abandonment_ratio_6m,
        shopping.category_count_12m,
        shopping.favourite_to_view_ratio_6m,
        wallets.top_up_active_months_12m,
        wallets.cash_share_ratio_6m,
        wallets.top_up_variation_ratio_6m,
        reviews.reviewed_ratio_12m,
        reviews.buyer_rating_mean_12m,
        standing_orders.standing_orders_count
    from consumers
    left join orders on {{ same_score('orders', 'consumers') }}
    left join shopping on {{ same_score('shopping', 'consumers') }}
    left join reviews on {{ same_score('reviews', 'consumers') }}
    left join standing_orders
        on {{ same_score('standing_orders', 'consumers') }}
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
