-- grain: one row per entry in the business register

with

source as (
    select * from {{ source('public_records', 'business_registrations') }}
),

renamed as (
    select
        registration_id,
        subject_id,
        kind,
        currency,
        capital_amount,
        effective_at,
        known_at
    from source
)

select * from renamed
