-- grain: one row per instalment

with

source as (
    select * from {{ source('payments', 'loan_instalments') }}
),

renamed as (
    select
        instalment_id,
        account_id,
        subject_id,
        currency,
        due_amount,
        paid_amount,
        days_past_due,
        due_at,
        paid_at,
        known_at
    from source
)

select * from renamed
