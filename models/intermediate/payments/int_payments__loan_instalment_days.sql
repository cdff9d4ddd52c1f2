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

days as (
    select
        subject_id,
        cast(due_at as date) as event_date,
        cast(known_at as date) as known_date,
        count(*) as instalments_count,
        sum(case when days_past_due = 0 then 1 else 0 end) as on_time_count,
        sum(case when days_past_due > 0 then 1 else 0 end) as late_count,
        sum(case when days_past_due >= 30 then 1 else 0 end) as late_30_count,
        sum(case when days_past_due >= 60 then 1 else 0 end) as late_60_count,
        sum(case when days_past_due >= 90 then 1 else 0 end) as late_90_count,
        max(days_past_due) as worst_days_past_due
    from instalments
    group by
        subject_id,
        cast(due_at as date),
        cast(known_at as date)
)

select * from days
