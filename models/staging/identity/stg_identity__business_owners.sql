-- grain: one row per owner of a business and period

with

source as (
    select * from {{ source('identity', 'business_owners') }}
),

renamed as (
    select
        ownership_id,
        subject_id,
        owner_subject_id,
        share_ratio,
        since_at,
        until_at,
        known_at
    from source
)

select * from renamed
