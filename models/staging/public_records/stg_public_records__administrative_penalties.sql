-- grain: one row per penalty by an authority

with

source as (
    select * from {{ source('public_records', 'administrative_penalties') }}
),

renamed as (
    select
        penalty_id,
        subject_id,
        kind,
        currency,
        amount,
        imposed_at,
        known_at
    from source
)

select * from renamed
