-- grain: one row per buyer, date of the review and date known

with

reviews as (
    select * from {{ ref('stg_marketplace__reviews') }}
),

days as (
    select
        subject_id,
        cast(reviewed_at as date) as event_date,
        cast(known_at as date) as known_date,
        sum(case when direction = 'of_shop' then 1 else 0 end)
            as written_count,
        sum(case when direction = 'of_buyer' then 1 else 0 end)
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
