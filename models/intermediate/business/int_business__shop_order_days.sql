-- grain: one row per shop, buyer, event date and known date

{%- set changes = [
    {'domain': 'marketplace', 'table': 'orders', 'event_at': 'ordered_at'},
] %}

{{ rollup(changes, key='shop_id') }}

with

orders as (
    select * from {{ ref('stg_marketplace__orders') }}
    where
        shop_id is not null
        and {{ in_changed_days(changes, 'ordered_at', key='shop_id') }}
),

currencies as (
    select * from {{ ref('currencies') }}
),

converted as (
    select
        orders.shop_id,
        orders.subject_id as buyer_id,
        orders.status,
        {{ reference_amount('orders.amount', 'currencies.reference_units') }}
            as reference_amount,
        orders.promised_at,
        orders.delivered_at,
        cast(orders.ordered_at as date) as event_date,
        cast(orders.known_at as date) as known_date
    from orders
    left join currencies on orders.currency = currencies.currency
),

by_day as (
    select
        shop_id,
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
    from converted
    group by shop_id, buyer_id, event_date, known_date
)

select * from by_day
