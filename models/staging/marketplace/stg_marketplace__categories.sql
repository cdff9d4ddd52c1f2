-- grain: one row per category of goods

with

source as (
    select * from {{ source('marketplace', 'categories') }}
),

renamed as (
    select
        category_id,
        parent_category_id,
        category_name,
        effective_at,
        known_at
    from source
)

select * from renamed
