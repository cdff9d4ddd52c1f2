-- grain: one row per order

with

source as (
    select * from {{ source('marketplace', 'orders') }}
),

renamed as (
    select
        order_id,
        subject_id,
        shop_id,
        delivery_address_token,
        currency,
        status,
        amount,
        ordered_at,
        promised_at,
        delivered_at,
        known_at
    from source
)

select * from renamed
