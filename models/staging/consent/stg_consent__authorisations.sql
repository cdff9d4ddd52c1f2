-- grain: one row per subject's permission for a reader to see the score

with

source as (
    select * from {{ source('consent', 'authorisations') }}
),

renamed as (
    select
        authorisation_id,
        subject_id,
        reader_id,
        purpose,
        scope,
        valid_from_at,
        valid_until_at,
        revoked_at,
        known_at
    from source
)

select * from renamed
