-- grain: one row per attempt to verify a subject's identity

with

source as (
    select * from {{ source('identity', 'verification_events') }}
),

renamed as (
    select
        verification_id,
        subject_id,
        method,
        is_passed,
        verified_at,
        known_at
    from source
)

select * from renamed
