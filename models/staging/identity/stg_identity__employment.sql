-- grain: one row per period of employment or other occupation

with

source as (
    select * from {{ source('identity', 'employment') }}
),

renamed as (
    select
        employment_id,
        subject_id,
        employer_token,
        occupation,
        started_at,
        ended_at,
        known_at
    from source
)

select * from renamed
