-- grain: one row per bill

with

source as (
    select * from {{ source('payments', 'bills') }}
),

renamed as (
    select
        bill_id,
        subject_id,
        kind,
        currency,
        due_amount,
        paid_amount,
        issued_at,
        due_at,
        paid_at,
        known_at
    from source
)

select * from renamed
