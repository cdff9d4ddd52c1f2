-- grain: one row per address and period of validity

with

source as (
    select * from {{ source('identity', 'addresses') }}
),

renamed as (
    select
        address_id,
        subject_id,
        address_token,
        kind,
        valid_from_at,
        valid_until_at,
        known_at
    from source
)

select * from renamed
