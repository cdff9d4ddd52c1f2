-- grain: one row per reading of a subject's file

with

source as (
    select * from {{ source('partners', 'inquiries') }}
),

renamed as (
    select
        inquiry_id,
        reader_id,
        subject_id,
        purpose,
        asked_at,
        known_at
    from source
)

select * from renamed
