-- grain: one row per application

with

source as (
    select * from {{ source('partners', 'applications') }}
),

renamed as (
    select
        application_id,
        reader_id,
        subject_id,
        purpose,
        currency,
        amount,
        term_months,
        applied_at,
        known_at
    from source
)

select * from renamed
