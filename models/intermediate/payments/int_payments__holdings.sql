-- grain: one row per valuation

{{ config(materialized='view') }}

with

holdings as (
    select * from {{ ref('stg_payments__holdings') }}
),

currencies as (
    select * from {{ ref('currencies') }}
),

converted as (
    select
        holdings.subject_id,
        holdings.kind as holding_kind,
        {{ reference_amount(
            'holdings.value_amount', 'currencies.reference_units'
        ) }} as value_reference_amount,
        cast(holdings.measured_at as date) as event_date,
        cast(holdings.known_at as date) as known_date,
        case when holdings.value_amount > 0 then 1 else 0 end as held_count
    from holdings
    left join currencies on holdings.currency = currencies.currency
),

measured as (
    select
        *,
        case when value_reference_amount is null then 1 else 0 end
            as unconverted_count
    from converted
)

select * from measured
