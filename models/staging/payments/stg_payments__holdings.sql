-- grain: one row per holding and moment at which it was valued

with

source as (
    select * from {{ source('payments', 'holdings') }}
),

renamed as (
    select
        holding_id,
        subject_id,
        kind,
        currency,
        value_amount,
        measured_at,
        known_at
    from source
)

select * from renamed
