-- grain: one row per rental deposit

with

source as (
    select * from {{ source('payments', 'deposits') }}
),

renamed as (
    select
        deposit_id,
        subject_id,
        purpose,
        currency,
        deposit_amount,
        kept_amount,
        placed_at,
        ended_at,
        known_at
    from source
)

select * from renamed
