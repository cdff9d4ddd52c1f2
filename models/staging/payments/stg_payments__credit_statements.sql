-- grain: one row per account and statement

with

source as (
    select * from {{ source('payments', 'credit_statements') }}
),

renamed as (
    select
        statement_id,
        account_id,
        subject_id,
        currency,
        lender_status,
        limit_amount,
        balance_amount,
        due_amount,
        paid_amount,
        days_past_due,
        statement_at,
        known_at
    from source
)

select * from renamed
