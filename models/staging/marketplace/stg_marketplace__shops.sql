-- grain: one row per shop

with

source as (
    select * from {{ source('marketplace', 'shops') }}
),

renamed as (
    select
        shop_id,
        subject_id,
        category_id,
        opened_at,
        known_at
    from source
)

select * from renamed
