-- grain: one row per grant or withdrawal of consent for a domain

with

source as (
    select * from {{ source('consent', 'consent_events') }}
),

renamed as (
    select
        consent_event_id,
        subject_id,
        domain,
        action,
        lawful_basis,
        covers_from_at,
        decided_at,
        known_at
    from source
)

select * from renamed
