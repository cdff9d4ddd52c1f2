-- grain: one row per subject, kind of holding, date valued and date known

{%- set changes = [
    {'domain': 'payments', 'table': 'holdings', 'event_at': 'measured_at'},
] %}

{{ rollup(changes) }}

with

holdings as (
    select * from {{ ref('stg_payments__holdings') }}
    where {{ in_changed_days(changes, 'measured_at') }}
),

currencies as (
    select * from {{ ref('currencies') }}
),

converted as (
    select
        holdings.subject_id,
        holdings.kind as holding_kind,
        holdings.value_amount,
        {{ reference_amount(
            'holdings.value_amount', 'currencies.reference_units'
        ) }} as reference_amount,
        cast(holdings.measured_at as date) as event_date,
        cast(holdings.known_at as date) as known_date
    from holdings
    left join currencies on holdings.currency = currencies.currency
),

days as (
    select
        subject_id,
        holding_kind,
        event_date,
        known_date,
        count(*) as holdings_count,
        count(case when value_amount > 0 then 1 end) as held_count,
        count(case when reference_amount is null then 1 end)
            as unconverted_count,
        sum(reference_amount) as value_reference_amount
    from converted
    group by subject_id, holding_kind, event_date, known_date
)

select * from days
