-- grain: one row per facility whose outcome is known

with

source as (
    select * from {{ source('partners', 'outcomes') }}
),

renamed as (
    select
        outcome_id,
        subject_id,
        facility_id,
        definition,
        is_default,
        is_closed,
        scored_as_of_at,
        observed_at,
        known_at
    from source
)

select * from renamed
