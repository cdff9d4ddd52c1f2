-- grain: one row per completed level of education

with

source as (
    select * from {{ source('public_records', 'education') }}
),

renamed as (
    select
        education_id,
        subject_id,
        level,
        completed_at,
        known_at
    from source
)

select * from renamed
