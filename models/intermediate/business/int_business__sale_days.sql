-- grain: one row per business, shop, buyer, event date and known date

{{ config(materialized='view') }}

with

shops as (
    select * from {{ ref('stg_marketplace__shops') }}
),

shop_order_days as (
    select * from {{ ref('int_business__shop_order_days') }}
),

-- That an order was the business's is known once both the order and whose
-- shop it is are known: with the order's clock alone a shop reported in June
-- would bring its orders into a score as of May. A business that buys in its
-- own shop has sold nothing.
sale_days as (
    select
        shops.subject_id,
        shop_order_days.shop_id,
        shop_order_days.buyer_id,
        shop_order_days.orders_count,
        shop_order_days.completed_count,
        shop_order_days.cancelled_count,
        shop_order_days.promised_count,
        shop_order_days.on_time_count,
        shop_order_days.unconverted_count,
        shop_order_days.completed_reference_amount,
        shop_order_days.event_date,
        greatest(shop_order_days.known_date, cast(shops.known_at as date))
            as known_date
    from shop_order_days
    inner join shops on shop_order_days.shop_id = shops.shop_id
    where shop_order_days.buyer_id <> shops.subject_id
)

select * from sale_days
