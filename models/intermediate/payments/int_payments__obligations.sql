-- grain: one row per credit statement and per loan instalment

{{ config(materialized='view') }}

with

statements as (
    select * from {{ ref('int_payments__credit_statements') }}
),

instalments as (
    select * from {{ ref('int_payments__loan_instalments') }}
),

obligations as (
    select
        subject_id,
        event_date,
        known_date,
        days_past_due,
        rated_count,
        late_count,
        late_30_count,
        late_60_count,
        late_90_count
    from statements
    union all
    select
        subject_id,
        event_date,
        known_date,
        days_past_due,
        instalments_count as rated_count,
        late_count,
        late_30_count,
        late_60_count,
        late_90_count
    from instalments
)

select * from obligations
