-- grain: one row per catalogue attribute that a partner knows only in summary

with

source as (
    select * from {{ source('partners', 'reported_attributes') }}
),

renamed as (
    select
        reported_attribute_id,
        subject_id,
        attribute_name,
        category,
        value,
        reported_at,
        known_at
    from source
)

select * from renamed
