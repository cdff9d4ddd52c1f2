-- grain: one row per subject, date of the event and date known

{%- set changes = [
    {'domain': 'payments', 'table': 'wallet_transactions',
        'event_at': 'occurred_at'},
] %}

{{ rollup(changes) }}

with

transactions as (
    select * from {{ ref('stg_payments__wallet_transactions') }}
    where {{ in_changed_days(changes, 'occurred_at') }}
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

days as (
    select
        subject_id,
        event_date,
        known_date,
        count(*) as transactions_count,
        count(case when direction = 'in' then 1 end) as inflows_count,
        count(case when direction = 'out' then 1 end) as outflows_count,
        count(
            case
                when direction = 'in' and kind in ('salary', 'pension') then 1
            end
        ) as salary_count,
        count(case when kind = 'top_up' then 1 end) as top_up_count,
        count(case when reference_amount is null then 1 end)
            as unconverted_count,
        sum(case when direction = 'in' then reference_amount else 0 end)
            as in_reference_amount,
        sum(case when direction = 'out' then reference_amount else 0 end)
            as out_reference_amount,
        sum(
            case
                when direction = 'out' and kind = 'cash' then reference_amount
                else 0
            end
        ) as out_cash_reference_amount,
        sum(
            case
                when direction = 'in' and kind in ('salary', 'pension')
                    then reference_amount
                else 0
            end
        ) as salary_reference_amount,
        sum(case when kind = 'top_up' then reference_amount else 0 end)
            as top_up_reference_amount
    from converted
    group by subject_id, event_date, known_date
)

select * from days
