-- grain: one row per instalment

{{ config(materialized='view') }}

with

instalments as (
    select * from {{ ref('stg_payments__loan_instalments') }}
),

currencies as (
    select * from {{ ref('currencies') }}
),

converted as (
    select
        instalments.subject_id,
        instalments.days_past_due,
        1 as instalments_count,
        {{ reference_amount(
            'instalments.due_amount', 'currencies.reference_units'
        ) }} as due_reference_amount,
        cast(instalments.due_at as date) as event_date,
        cast(instalments.known_at as date) as known_date
    from instalments
    left join currencies on instalments.currency = currencies.currency
),

measured as (
    select
        subject_id,
        days_past_due,
        instalments_count,
        due_reference_amount,
        event_date,
        known_date,
        case when days_past_due = 0 then 1 else 0 end as on_time_count,
        case when days_past_due > 0 then 1 else 0 end as late_count,
        case when days_past_due >= 30 then 1 else 0 end as late_30_count,
        case when days_past_due >= 60 then 1 else 0 end as late_60_count,
        case when days_past_due >= 90 then 1 else 0 end as late_90_count,
        case when due_reference_amount is null then 1 else 0 end
            as unconverted_count
    from converted
)

select * from measured
