-- grain: one row per subject and as-of date with any inquiry

with

measured_subjects as (
    select * from {{ ref('int_measured_subjects') }}
),

inquiry_days as (
    select * from {{ ref('int_partners__inquiry_days') }}
),

measured as (
    select
        measured_subjects.subject_id,
        measured_subjects.as_of_date,
        {{ window_sum('inquiry_days', 'credit_inquiries_count', 6) }}
            as credit_inquiries_count_6m
    from measured_subjects
    inner join inquiry_days on {{ seen('inquiry_days') }}
    group by measured_subjects.subject_id, measured_subjects.as_of_date
)

select * from measured
