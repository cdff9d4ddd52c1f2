-- grain: one row per property or vehicle on a register

with

source as (
    select * from {{ source('public_records', 'property_and_vehicles') }}
),

renamed as (
    select
        asset_id,
        subject_id,
        kind,
        currency,
        value_amount,
        registered_at,
        disposed_at,
        known_at
    from source
)

select * from renamed
