-- grain: one row per subject, date due and date known

{%- set changes = [
    {'domain': 'payments', 'table': 'loan_instalments', 'event_at': 'due_at'},
] %}

{{ rollup(changes) }}

with

instalments as (
    select * from {{ ref('stg_payments__loan_instalments') }}
    where {{ in_changed_days(changes, 'due_at') }}
),

currencies as (
    select * from {{ ref('currencies') }}
),

converted as (
    select
        instalments.subject_id,
        instalments.days_past_due,
        {{ reference_amount(
            'instalments.due_amount', 'currencies.reference_units'
        ) }} as due_reference_amount,
        cast(instalments.due_at as date) as event_date,
        cast(instalments.known_at as date) as known_date
    from instalments
    left join currencies on instalments.currency = currencies.currency
),

days as (
    select
        subject_id,
        event_date,
        known_date,
        count(*) as instalments_count,
        count(case when days_past_due = 0 then 1 end) as on_time_count,
        count(case when days_past_due > 0 then 1 end) as late_count,
        count(case when days_past_due >= 30 then 1 end) as late_30_count,
        count(case when days_past_due >= 60 then 1 end) as late_60_count,
        count(case when days_past_due >= 90 then 1 end) as late_90_count,
        max(days_past_due) as worst_days_past_due,
        count(case when due_reference_amount is null then 1 end)
            as unconverted_count,
        sum(due_reference_amount) as due_reference_amount
    from converted
    group by subject_id, event_date, known_date
)

select * from days
