-- grain: one row per case of enforcement

with

source as (
    select * from {{ source('public_records', 'enforcement_cases') }}
),

renamed as (
    select
        case_id,
        subject_id,
        currency,
        amount,
        opened_at,
        closed_at,
        known_at
    from source
)

select * from renamed
