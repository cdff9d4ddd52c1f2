-- grain: one row per subject and as-of date with any inquiry

with

scoring_subjects as (
    select * from {{ ref('int_scoring_subjects') }}
),

inquiry_days as (
    select * from {{ ref('int_partners__inquiry_days') }}
),

measured as (
    select
        scoring_subjects.subject_id,
        scoring_subjects.as_of_date,
        {{ window_sum('inquiry_days', 'credit_inquiries_count', 6) }}
            as credit_inquiries_count_6m
    from scoring_subjects
    inner join inquiry_days on {{ seen('inquiry_days') }}
    group by scoring_subjects.subject_id, scoring_subjects.as_of_date
)

select * from measured
