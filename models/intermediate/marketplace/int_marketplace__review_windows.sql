-- grain: one row per subject and as-of date with any order or review

with

measured_subjects as (
    select * from {{ ref('int_measured_subjects') }}
),

order_windows as (
    select * from {{ ref('int_marketplace__order_windows') }}
),

review_days as (
    select * from {{ ref('int_marketplace__review_days') }}
),

review_sums as (
    select
        measured_subjects.subject_id,
        measured_subjects.as_of_date,
        sum(review_days.written_count) as written_12m,
        sum(review_days.received_count) as received_12m,
        sum(review_days.received_rating_sum) as rating_12m
    from measured_subjects
    inner join review_days on {{ seen('review_days', 12) }}
    group by measured_subjects.subject_id, measured_subjects.as_of_date
),

measured as (
    select
        measured_subjects.subject_id,
        measured_subjects.as_of_date,
        -- a review may be of an order from before the window
        {{ ratio('least(coalesce(review_sums.written_12m, 0),'
            ~ ' order_windows.completed_12m)',
            'order_windows.completed_12m') }} as reviewed_ratio_12m,
        {{ ratio('review_sums.rating_12m', 'review_sums.received_12m') }}
            as buyer_rating_mean_12m
    from measured_subjects
    left join order_windows on {{ same_score('order_windows') }}
    left join review_sums on {{ same_score('review_sums') }}
    where
        order_windows.subject_id is not null
        or review_sums.subject_id is not null
)

select * from measured
