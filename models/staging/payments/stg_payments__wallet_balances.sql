-- grain: one row per account and moment at which its balance was read

with

source as (
    select * from {{ source('payments', 'wallet_balances') }}
),

renamed as (
    select
        balance_id,
        subject_id,
        account_id,
        currency,
        balance_amount,
        measured_at,
        known_at
    from source
)

select * from renamed
