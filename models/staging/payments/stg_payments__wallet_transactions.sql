-- grain: one row per transaction of a wallet or current account

with

source as (
    select * from {{ source('payments', 'wallet_transactions') }}
),

renamed as (
    select
        transaction_id,
        subject_id,
        counterparty_id,
        kind,
        direction,
        currency,
        amount,
        occurred_at,
        known_at
    from source
)

select * from renamed
