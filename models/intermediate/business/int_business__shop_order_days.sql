-- grain: one row per business, buyer, event date and known date

with

orders as (
    select * from {{ ref('stg_marketplace__orders') }}
),

shops as (
    select * from {{ ref('stg_marketplace__shops') }}
),

currencies as (
    select * from {{ ref('currencies') }}
),

-- That an order was the business's is known once both the order and whose
-- shop it is are known: with the order's clock alone a shop reported in June
-- would bring its orders into a score as of May.
shop_orders as (
    select
        shops.subject_id,
        orders.subject_id as buyer_id,
        orders.status,
        {{ reference_amount('orders.amount', 'currencies.reference_units') }}
            as reference_amount,
        orders.promised_at,
        orders.delivered_at,
        cast(orders.ordered_at as date) as event_date,
        cast(greatest(orders.known_at, shops.known_at) as date) as known_date
    from orders
    inner join shops on orders.shop_id = shops.shop_id
    left join currencies on orders.currency = currencies.currency
    -- a business that buys in its own shop has sold nothing
    where orders.subject_id <> shops.subject_id
),

by_day as (
    select
        subject_id,
        buyer_id,
        count(*) as orders_count,
        count(case when status = 'completed' then 1 end)
            as completed_count,
        count(case when status = 'cancelled' then 1 end)
            as cancelled_count,
        count(
            case
                when status = 'completed' and promised_at is not null then 1
            end
        ) as promised_count,
        count(
            case
                when status = 'completed' and delivered_at <= promised_at
                    then 1
            end
        ) as on_time_count,
        count(
            case
                when status = 'completed' and reference_amount is null
                    then 1
            end
        ) as unconverted_count,
        sum(case when status = 'completed' then reference_amount else 0 end)
            as completed_reference_amount,
        event_date,
        known_date
    from shop_orders
    group by subject_id, buyer_id, event_date, known_date
)

select * from by_day
