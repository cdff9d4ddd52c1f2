-- grain: one row per view, favourite or cart action

with

source as (
    select * from {{ source('marketplace', 'page_views') }}
),

renamed as (
    select
        view_id,
        subject_id,
        category_id,
        brand_id,
        shop_id,
        session_id,
        device_id,
        action,
        dwell_seconds,
        coalesce(has_time_of_day, true) as has_time_of_day,
        viewed_at,
        known_at
    from source
)

select * from renamed
