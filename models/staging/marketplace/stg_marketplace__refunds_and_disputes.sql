-- grain: one row per refund, return or dispute

with

source as (
    select * from {{ source('marketplace', 'refunds_and_disputes') }}
),

renamed as (
    select
        case_id,
        order_id,
        subject_id,
        shop_id,
        currency,
        kind,
        outcome,
        amount,
        opened_at,
        known_at
    from source
)

select * from renamed
