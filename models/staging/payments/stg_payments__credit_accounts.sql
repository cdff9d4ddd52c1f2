-- grain: one row per line of credit

with

source as (
    select * from {{ source('payments', 'credit_accounts') }}
),

renamed as (
    select
        account_id,
        subject_id,
        lender_id,
        kind,
        currency,
        limit_amount,
        principal_amount,
        term_months,
        opened_at,
        known_at
    from source
)

select * from renamed
