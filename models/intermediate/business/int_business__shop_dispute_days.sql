-- grain: one row per business, event date and known date

with

cases as (
    select * from {{ ref('stg_marketplace__refunds_and_disputes') }}
    where kind = 'dispute'
),

orders as (
    select * from {{ ref('stg_marketplace__orders') }}
),

shops as (
    select * from {{ ref('stg_marketplace__shops') }}
),

-- A case that names no shop is known to be the business's once its order is.
cases_of_shops as (
    select
        cases.subject_id as buyer_id,
        cases.shop_id,
        cases.outcome,
        cases.opened_at,
        cases.known_at
    from cases
    where cases.shop_id is not null
    union all
    select
        cases.subject_id as buyer_id,
        orders.shop_id,
        cases.outcome,
        cases.opened_at,
        greatest(cases.known_at, orders.known_at) as known_at
    from cases
    inner join orders on cases.order_id = orders.order_id
    where cases.shop_id is null
),

by_day as (
    select
        shops.subject_id,
        count(*) as disputes_count,
        count(
            case when cases_of_shops.outcome = 'won_by_buyer' then 1 end
        ) as won_by_buyer_count,
        cast(cases_of_shops.opened_at as date) as event_date,
        cast(greatest(cases_of_shops.known_at, shops.known_at) as date)
            as known_date
    from cases_of_shops
    inner join shops on cases_of_shops.shop_id = shops.shop_id
    where cases_of_shops.buyer_id <> shops.subject_id
    group by
        shops.subject_id,
        cast(cases_of_shops.opened_at as date),
        cast(greatest(cases_of_shops.known_at, shops.known_at) as date)
)

select * from by_day
