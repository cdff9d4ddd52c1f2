-- grain: one row per signed rating of one subject by another

with

source as (
    select * from {{ source('social', 'ratings') }}
),

renamed as (
    select
        rating_id,
        from_subject_id,
        to_subject_id,
        value,
        rated_at,
        known_at
    from source
)

select * from renamed
