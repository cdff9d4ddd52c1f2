-- grain: one row per subject and as-of date with any standing order

with

measured_subjects as (
    select * from {{ ref('int_measured_subjects') }}
),

order_days as (
    select * from {{ ref('int_payments__standing_order_days') }}
),

-- One that has ended stays in without adding to a sum: whoever ever gave an
-- order has a count, if need be of zero.
described as (
    select
        measured_subjects.subject_id,
        measured_subjects.as_of_date,
        order_days.orders_count,
        order_days.unconverted_count,
        order_days.order_reference_amount,
        order_days.ended_date is null
        or order_days.ended_date >= measured_subjects.as_of_date as is_running
    from measured_subjects
    inner join order_days on {{ seen('order_days') }}
),

order_sums as (
    select
        subject_id,
        as_of_date,
        sum(case when is_running then orders_count else 0 end) as orders_count,
        sum(case when is_running then unconverted_count else 0 end)
            as unconverted_count,
        sum(case when is_running then order_reference_amount else 0 end)
            as order_reference_amount
    from described
    group by subject_id, as_of_date
),

-- An amount in an unknown currency leaves no amount to trust.
measured as (
    select
        subject_id,
        as_of_date,
        orders_count as standing_orders_count,
        case
            when unconverted_count = 0
                then cast(order_reference_amount as double)
        end as standing_orders_amount
    from order_sums
)

select * from measured
