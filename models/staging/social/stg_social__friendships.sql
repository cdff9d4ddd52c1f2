-- grain: one row per declared tie, one way

with

source as (
    select * from {{ source('social', 'friendships') }}
),

renamed as (
    select
        friendship_id,
        from_subject_id,
        to_subject_id,
        since_at,
        until_at,
        known_at
    from source
)

select * from renamed
