-- grain: one row per device first seen with a subject

with

source as (
    select * from {{ source('identity', 'devices') }}
),

renamed as (
    select
        device_use_id,
        subject_id,
        device_id,
        first_seen_at,
        known_at
    from source
)

select * from renamed
