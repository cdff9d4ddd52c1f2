-- grain: one row per buyer, date of the review and date known

{%- set changes = [
    {'domain': 'marketplace', 'table': 'reviews', 'event_at': 'reviewed_at'},
] %}

{{ rollup(changes) }}

with

reviews as (
    select * from {{ ref('stg_marketplace__reviews') }}
    where {{ in_changed_days(changes, 'reviewed_at') }}
),

days as (
    select
        subject_id,
        cast(reviewed_at as date) as event_date,
        cast(known_at as date) as known_date,
        count(*) as reviews_count,
        count(case when direction = 'of_shop' then 1 end)
            as written_count,
        count(case when direction = 'of_buyer' then 1 end)
            as received_count,
        sum(
            case
                when direction = 'of_buyer' then cast(rating as bigint)
                else 0
            end
        ) as received_rating_sum
    from reviews
    group by
        subject_id,
        cast(reviewed_at as date),
        cast(known_at as date)
)

select * from days
