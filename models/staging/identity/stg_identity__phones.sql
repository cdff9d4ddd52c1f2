-- grain: one row per phone number and period of validity

with

source as (
    select * from {{ source('identity', 'phones') }}
),

renamed as (
    select
        phone_id,
        subject_id,
        phone_token,
        valid_from_at,
        valid_until_at,
        known_at
    from source
)

select * from renamed
