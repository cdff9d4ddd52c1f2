-- grain: one row per line of an order

with

source as (
    select * from {{ source('marketplace', 'order_items') }}
),

renamed as (
    select
        order_item_id,
        order_id,
        subject_id,
        category_id,
        brand_id,
        currency,
        quantity,
        unit_price_amount,
        ordered_at,
        known_at
    from source
)

select * from renamed
