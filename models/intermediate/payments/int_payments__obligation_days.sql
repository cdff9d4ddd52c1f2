-- grain: one row per subject, date due and date known

with

statement_days as (
    select * from {{ ref('int_payments__credit_statement_days') }}
),

instalment_days as (
    select * from {{ ref('int_payments__loan_instalment_days') }}
),

obligations as (
    select
        subject_id,
        event_date,
        known_date,
        rated_count,
        late_count,
        late_30_count,
        worst_days_past_due
    from statement_days
    union all
    select
        subject_id,
        event_date,
        known_date,
        instalments_count as rated_count,
        late_count,
        late_30_count,
        worst_days_past_due
    from instalment_days
),

days as (
    select
        subject_id,
        event_date,
        known_date,
        sum(rated_count) as rated_count,
        sum(late_count) as late_count,
        sum(late_30_count) as late_30_count,
        max(worst_days_past_due) as worst_days_past_due
    from obligations
    group by subject_id, event_date, known_date
)

select * from days
