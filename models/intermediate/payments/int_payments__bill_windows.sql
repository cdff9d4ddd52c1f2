-- grain: one row per subject and as-of date with a bill in 24 months

with

measured_subjects as (
    select * from {{ ref('int_measured_subjects') }}
),

bills as (
    select * from {{ ref('int_payments__bills') }}
),

bill_sums as (
    select
        measured_subjects.subject_id,
        measured_subjects.as_of_date,
        sum(bills.bills_count) as bills_24m,
        sum(bills.on_time_count) as on_time_24m,
        {{ window_sum('bills', 'bills_count', 12) }} as bills_12m,
        {{ window_sum('bills', 'on_time_count', 12) }} as on_time_12m,
        {{ window_sum('bills', 'telecom_count', 12) }} as telecom_12m,
        {{ window_sum('bills', 'telecom_on_time_count', 12) }}
            as telecom_on_time_12m,
        {{ window_sum('bills', 'utility_count', 12) }} as utility_12m,
        {{ window_sum('bills', 'utility_on_time_count', 12) }}
            as utility_on_time_12m
    from measured_subjects
    inner join bills on {{ seen('bills', 24) }}
    group by measured_subjects.subject_id, measured_subjects.as_of_date
),

measured as (
    select
        subject_id,
        as_of_date,
        {{ ratio('on_time_12m', 'bills_12m') }} as bill_on_time_ratio_12m,
        {{ ratio('on_time_24m', 'bills_24m') }} as bill_on_time_ratio_24m,
        {{ ratio('telecom_on_time_12m', 'telecom_12m') }}
            as telecom_bill_on_time_ratio_12m,
        {{ ratio('utility_on_time_12m', 'utility_12m') }}
            as utility_bill_on_time_ratio_12m
    from bill_sums
)

select * from measured
