-- grain: one row per subject, date of issue and date known

{%- set changes = [
    {'domain': 'payments', 'table': 'bills', 'event_at': 'issued_at'},
] %}

{{ rollup(changes) }}

with

bills as (
    select * from {{ ref('stg_payments__bills') }}
    where {{ in_changed_days(changes, 'issued_at') }}
),

days as (
    select
        subject_id,
        cast(issued_at as date) as event_date,
        cast(known_at as date) as known_date,
        count(*) as bills_count,
        -- by date: a bill due on the 5th and paid on the 5th is on time
        count(
            case
                when cast(paid_at as date) <= cast(due_at as date) then 1
            end
        ) as on_time_count,
        count(case when kind in ('phone', 'broadband') then 1 end)
            as telecom_count,
        count(
            case
                when
                    kind in ('phone', 'broadband')
                    and cast(paid_at as date) <= cast(due_at as date)
                    then 1
            end
        ) as telecom_on_time_count,
        count(case when kind = 'utility' then 1 end) as utility_count,
        count(
            case
                when
                    kind = 'utility'
                    and cast(paid_at as date) <= cast(due_at as date)
                    then 1
            end
        ) as utility_on_time_count
    from bills
    group by
        subject_id,
        cast(issued_at as date),
        cast(known_at as date)
)

select * from days
