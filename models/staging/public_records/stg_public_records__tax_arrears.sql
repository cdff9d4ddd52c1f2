-- grain: one row per assessment of unpaid tax

with

source as (
    select * from {{ source('public_records', 'tax_arrears') }}
),

renamed as (
    select
        arrears_id,
        subject_id,
        currency,
        amount,
        assessed_at,
        cleared_at,
        known_at
    from source
)

select * from renamed
