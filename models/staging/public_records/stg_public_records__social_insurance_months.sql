-- grain: one row per month of contributions

with

source as (
    select * from {{ source('public_records', 'social_insurance_months') }}
),

renamed as (
    select
        contribution_id,
        subject_id,
        currency,
        base_amount,
        covered_at,
        known_at
    from source
)

select * from renamed
