-- grain: one row per business, event date and known date

with

reviews as (
    select * from {{ ref('stg_marketplace__reviews') }}
    where direction = 'of_shop'
),

shops as (
    select * from {{ ref('stg_marketplace__shops') }}
),

by_day as (
    select
        shops.subject_id,
        count(*) as reviews_count,
        cast(sum(reviews.rating) as bigint) as rating_sum,
        cast(reviews.reviewed_at as date) as event_date,
        cast(greatest(reviews.known_at, shops.known_at) as date) as known_date
    from reviews
    inner join shops on reviews.shop_id = shops.shop_id
    -- stars that a business gives its own shop say nothing
    where reviews.subject_id <> shops.subject_id
    group by
        shops.subject_id,
        cast(reviews.reviewed_at as date),
        cast(greatest(reviews.known_at, shops.known_at) as date)
)

select * from by_day
