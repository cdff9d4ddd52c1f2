-- grain: one row per row of the two rollups of what was owed

{{ config(materialized='view') }}

with

statement_days as (
    select * from {{ ref('int_payments__credit_statement_days') }}
),

instalment_days as (
    select * from {{ ref('int_payments__loan_instalment_days') }}
),

obligation_days as (
    select
        subject_id,
        event_date,
        known_date,
        rated_count,
        late_count,
        late_30_count,
        late_60_count,
        late_90_count,
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
        late_60_count,
        late_90_count,
        worst_days_past_due
    from instalment_days
)

select * from obligation_days
