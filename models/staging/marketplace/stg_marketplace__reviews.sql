-- grain: one row per review, either way

with

source as (
    select * from {{ source('marketplace', 'reviews') }}
),

renamed as (
    select
        review_id,
        order_id,
        subject_id,
        shop_id,
        direction,
        rating,
        reviewed_at,
        known_at
    from source
)

select * from renamed
