-- grain: one row per transaction
with

transactions as (
    select * from source_trans
    where excluded_because is null
),

wallet_transactions as (
    select
        transactions.source_row as _source_trans,
        'berka:transaction:' || transactions.trans_id as transaction_id,
        account_owners.subject_id,
        -- Account 0 stands for none; an account is one only within its bank.
        case
            when transactions.bank is not null and transactions.account <> '0'
                then
                    'berka:' || transactions.bank || ':' || transactions.account
        end as counterparty_id,
        transactions.kind,
        transactions.direction,
        'CZK' as currency,
        transactions.amount,
        cast(transactions.transaction_date as timestamp) as occurred_at,
        end_of_day(transactions.transaction_date) as known_at
    from transactions
    inner join account_owners
        on transactions.account_id = account_owners.account_id
)

select * from wallet_transactions
