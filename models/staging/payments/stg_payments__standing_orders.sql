-- grain: one row per standing order

with

source as (
    select * from {{ source('payments', 'standing_orders') }}
),

renamed as (
    select
        standing_order_id,
        subject_id,
        counterparty_id,
        purpose,
        currency,
        amount,
        started_at,
        ended_at,
        known_at
    from source
)

select * from renamed
