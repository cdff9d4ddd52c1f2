-- grain: one row per transaction, for the balance it left
with

transactions as (
    select * from source_trans
    where excluded_because is null
),

wallet_balances as (
    select
        transactions.source_row as _source_trans,
        'berka:balance:' || transactions.trans_id as balance_id,
        account_owners.subject_id,
        'berka:account:' || transactions.account_id as account_id,
        'CZK' as currency,
        transactions.balance as balance_amount,
        cast(transactions.transaction_date as timestamp) as measured_at,
        end_of_day(transactions.transaction_date) as known_at
    from transactions
    inner join account_owners
        on transactions.account_id = account_owners.account_id
)

select * from wallet_balances
