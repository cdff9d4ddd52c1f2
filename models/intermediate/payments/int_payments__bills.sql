-- grain: one row per bill

{{ config(materialized='view') }}

with

bills as (
    select * from {{ ref('stg_payments__bills') }}
),

described as (
    select
        subject_id,
        cast(issued_at as date) as event_date,
        cast(known_at as date) as known_date,
        1 as bills_count,
        -- by date: a bill due on the 5th and paid on the 5th is on time
        case
            when cast(paid_at as date) <= cast(due_at as date) then 1
            else 0
        end as on_time_count,
        case when kind in ('phone', 'broadband') then 1 else 0 end
            as telecom_count,
        case when kind = 'utility' then 1 else 0 end as utility_count
    from bills
),

measured as (
    select
        *,
        telecom_count * on_time_count as telecom_on_time_count,
        utility_count * on_time_count as utility_on_time_count
    from described
)

select * from measured
