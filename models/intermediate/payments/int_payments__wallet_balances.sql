-- grain: one row per reading

{{ config(materialized='view') }}

with

balances as (
    select * from {{ ref('stg_payments__wallet_balances') }}
),

currencies as (
    select * from {{ ref('currencies') }}
),

converted as (
    select
        balances.subject_id,
        1 as readings_count,
        {{ reference_amount(
            'balances.balance_amount', 'currencies.reference_units'
        ) }} as balance_reference_amount,
        cast(balances.measured_at as date) as event_date,
        cast(balances.known_at as date) as known_date,
        case when balances.balance_amount < 0 then 1 else 0 end
            as below_zero_count
    from balances
    left join currencies on balances.currency = currencies.currency
),

measured as (
    select
        *,
        case when balance_reference_amount is null then 1 else 0 end
            as unconverted_count
    from converted
)

select * from measured
