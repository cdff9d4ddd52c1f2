-- grain: one row per subject, date of the reading and date known

{%- set changes = [
    {'domain': 'payments', 'table': 'wallet_balances',
        'event_at': 'measured_at'},
] %}

{{ rollup(changes) }}

with

balances as (
    select * from {{ ref('stg_payments__wallet_balances') }}
    where {{ in_changed_days(changes, 'measured_at') }}
),

currencies as (
    select * from {{ ref('currencies') }}
),

converted as (
    select
        balances.subject_id,
        balances.balance_amount,
        {{ reference_amount(
            'balances.balance_amount', 'currencies.reference_units'
        ) }} as reference_amount,
        cast(balances.measured_at as date) as event_date,
        cast(balances.known_at as date) as known_date
    from balances
    left join currencies on balances.currency = currencies.currency
),

days as (
    select
        subject_id,
        event_date,
        known_date,
        count(*) as readings_count,
        count(case when balance_amount < 0 then 1 end) as below_zero_count,
        count(case when reference_amount is null then 1 end)
            as unconverted_count,
        sum(reference_amount) as balance_reference_amount,
        min(reference_amount) as minimum_reference_amount
    from converted
    group by subject_id, event_date, known_date
)

select * from days
