-- Protects business_interpersonal_relationships and
-- consumer_behaviour_preference, which read the same orders from the shop's
-- and the buyer's side. Counted again from the orders by their timestamps: a
-- window off by a day, or an order counted before its shop was known, changes
-- both by a little, which no range check can see.

with

sellers as (
    select * from {{ ref('business_interpersonal_relationships') }}
),

buyers as (
    select * from {{ ref('consumer_behaviour_preference') }}
),

reported_attributes as (
    select * from {{ ref('int_partners__reported_attributes') }}
),

orders as (
    select * from {{ ref('stg_marketplace__orders') }}
),

shops as (
    select * from {{ ref('stg_marketplace__shops') }}
),

-- what partners reported cannot be counted again
reported as (
    select distinct
        subject_id,
        as_of_date
    from reported_attributes
    where
        attribute_name in (
            'firm_shop_buyer_count_12m', 'marketplace_active_months_12m'
        )
),

counted_buyers as (
    select
        sellers.subject_id,
        sellers.as_of_date,
        count(distinct orders.subject_id) as shop_buyers_count
    from sellers
    inner join shops
        on
            sellers.subject_id = shops.subject_id
            and sellers.as_of_date > shops.known_at
    inner join orders
        on
            shops.shop_id = orders.shop_id
            and shops.subject_id <> orders.subject_id
            and sellers.as_of_date > orders.ordered_at
            and sellers.as_of_date > orders.known_at
            and {{ add_months('sellers.as_of_date', -12) }} <= orders.ordered_at
            and orders.status = 'completed'
    group by sellers.subject_id, sellers.as_of_date
),

active_buyers as (
    select distinct
        buyers.subject_id,
        buyers.as_of_date
    from buyers
    inner join orders
        on
            buyers.subject_id = orders.subject_id
            and buyers.as_of_date > orders.ordered_at
            and buyers.as_of_date > orders.known_at
            and {{ add_months('buyers.as_of_date', -12) }} <= orders.ordered_at
),

wrong_sellers as (
    select
        sellers.subject_id,
        sellers.as_of_date
    from sellers
    left join counted_buyers
        on
            sellers.subject_id = counted_buyers.subject_id
            and sellers.as_of_date = counted_buyers.as_of_date
    where
        coalesce(sellers.firm_shop_buyer_count_12m, 0)
        <> coalesce(counted_buyers.shop_buyers_count, 0)
),

wrong_buyers as (
    select
        buyers.subject_id,
        buyers.as_of_date
    from buyers
    left join active_buyers
        on
            buyers.subject_id = active_buyers.subject_id
            and buyers.as_of_date = active_buyers.as_of_date
    where
        (coalesce(buyers.marketplace_active_months_12m, 0) > 0)
        <> (active_buyers.subject_id is not null)
),

wrong as (
    select * from wrong_sellers
    union all
    select * from wrong_buyers
),

failures as (
    select
        wrong.subject_id,
        wrong.as_of_date
    from wrong
    left join reported
        on
            wrong.subject_id = reported.subject_id
            and wrong.as_of_date = reported.as_of_date
    where reported.subject_id is null
)

select * from failures
