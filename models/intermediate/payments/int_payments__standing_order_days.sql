-- grain: one row per subject, date on which standing orders were given, date
-- known and date ended

with

standing_orders as (
    select * from {{ ref('stg_payments__standing_orders') }}
),

currencies as (
    select * from {{ ref('currencies') }}
),

converted as (
    select
        standing_orders.subject_id,
        {{ reference_amount(
            'standing_orders.amount', 'currencies.reference_units'
        ) }} as reference_amount,
        cast(standing_orders.started_at as date) as event_date,
        cast(standing_orders.known_at as date) as known_date,
        cast(standing_orders.ended_at as date) as ended_date
    from standing_orders
    left join currencies on standing_orders.currency = currencies.currency
),

days as (
    select
        subject_id,
        event_date,
        known_date,
        ended_date,
        count(*) as orders_count,
        count(case when reference_amount is null then 1 end)
            as unconverted_count,
        sum(reference_amount) as order_reference_amount
    from converted
    group by subject_id, event_date, known_date, ended_date
)

select * from days
