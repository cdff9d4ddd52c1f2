-- grain: one row per transaction

{{ config(materialized='view') }}

with

transactions as (
    select * from {{ ref('stg_payments__wallet_transactions') }}
),

currencies as (
    select * from {{ ref('currencies') }}
),

converted as (
    select
        transactions.subject_id,
        transactions.kind,
        transactions.direction,
        {{ reference_amount(
            'transactions.amount', 'currencies.reference_units'
        ) }} as reference_amount,
        cast(transactions.occurred_at as date) as event_date,
        cast(transactions.known_at as date) as known_date
    from transactions
    left join currencies on transactions.currency = currencies.currency
),

measured as (
    select
        subject_id,
        event_date,
        known_date,
        1 as transactions_count,
        case when direction = 'in' then 1 else 0 end as inflows_count,
        case
            when direction = 'in' and kind in ('salary', 'pension') then 1
            else 0
        end as salary_count,
        case when kind = 'top_up' then 1 else 0 end as top_up_count,
        case when reference_amount is null then 1 else 0 end
            as unconverted_count,
        case when direction = 'in' then reference_amount else 0 end
            as in_reference_amount,
        case when direction = 'out' then reference_amount else 0 end
            as out_reference_amount,
        case
            when direction = 'out' and kind = 'cash' then reference_amount
            else 0
        end as out_cash_reference_amount,
        case
            when direction = 'in' and kind in ('salary', 'pension')
                then reference_amount
            else 0
        end as salary_reference_amount,
        case when kind = 'top_up' then reference_amount else 0 end
            as top_up_reference_amount
    from converted
)

select * from measured
