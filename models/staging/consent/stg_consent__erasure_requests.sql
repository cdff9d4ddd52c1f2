-- grain: one row per request to be erased

with

source as (
    select * from {{ source('consent', 'erasure_requests') }}
),

renamed as (
    select
        erasure_request_id,
        subject_id,
        domain,
        requested_at,
        known_at
    from source
)

select * from renamed
