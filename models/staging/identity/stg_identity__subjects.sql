-- grain: one row per person or business known to the operator

with

source as (
    select * from {{ source('identity', 'subjects') }}
),

renamed as (
    select
        subject_id,
        kind,
        identity_number_token,
        name_token,
        gender,
        marital_status,
        country,
        birth_date,
        founding_date,
        registered_at,
        known_at
    from source
)

select * from renamed
