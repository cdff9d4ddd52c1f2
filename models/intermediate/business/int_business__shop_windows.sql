-- grain: one row per business and as-of date

with

measured_subjects as (
    select * from {{ ref('int_measured_subjects') }}
    where subject_kind = 'business'
),

order_days as (
    select * from {{ ref('int_business__sale_days') }}
),

dispute_days as (
    select * from {{ ref('int_business__shop_dispute_days') }}
),

review_days as (
    select * from {{ ref('int_business__shop_review_days') }}
),

-- Not cut to a window: a shop that sold nothing in the window has sales and
-- buyers of 0, a business without a shop has none.
buyers as (
    select
        measured_subjects.subject_id,
        measured_subjects.as_of_date,
        order_days.buyer_id,
        {{ month_back('min(order_days.event_date)',
            'measured_subjects.as_of_date', 12) }} as observed_months,
        {{ window_sum('order_days', 'orders_count', 12) }} as orders_12m,
        {{ window_sum('order_days', 'cancelled_count', 12) }} as cancelled_12m,
        {{ window_sum('order_days', 'completed_count', 12) }} as completed_12m,
        {{ window_sum('order_days', 'promised_count', 12) }} as promised_12m,
        {{ window_sum('order_days', 'on_time_count', 12) }} as on_time_12m,
        {{ window_sum('order_days', 'unconverted_count', 12) }}
            as unconverted_12m,
        {{ window_sum('order_days', 'completed_reference_amount', 12) }}
            as amount_12m
    from measured_subjects
    inner join order_days on {{ seen('order_days') }}
    group by
        measured_subjects.subject_id,
        measured_subjects.as_of_date,
        order_days.buyer_id
),

orders as (
    select
        subject_id,
        as_of_date,
        max(observed_months) as observed_months,
        sum(orders_12m) as orders_12m,
        sum(cancelled_12m) as cancelled_12m,
        sum(promised_12m) as promised_12m,
        sum(on_time_12m) as on_time_12m,
        sum(unconverted_12m) as unconverted_12m,
        sum(amount_12m) as amount_12m,
        count(case when completed_12m > 0 then 1 end) as buyers_12m,
        count(case when completed_12m > 1 then 1 end) as repeat_buyers_12m
    from buyers
    group by subject_id, as_of_date
),

disputes as (
    select
        measured_subjects.subject_id,
        measured_subjects.as_of_date,
        sum(dispute_days.won_by_buyer_count) as lost_12m
    from measured_subjects
    inner join dispute_days on {{ seen('dispute_days', 12) }}
    group by measured_subjects.subject_id, measured_subjects.as_of_date
),

reviews as (
    select
        measured_subjects.subject_id,
        measured_subjects.as_of_date,
        sum(review_days.reviews_count) as reviews_12m,
        {{ ratio('sum(review_days.rating_sum)',
            'sum(review_days.reviews_count)') }} as rating_mean_12m
    from measured_subjects
    inner join review_days on {{ seen('review_days', 12) }}
    group by measured_subjects.subject_id, measured_subjects.as_of_date
),

measured as (
    select
        measured_subjects.subject_id,
        measured_subjects.as_of_date,
        -- a dispute may be about an order from before the window
        {{ ratio('least(coalesce(disputes.lost_12m, 0), orders.orders_12m)',
            'orders.orders_12m') }} as firm_dispute_ratio_12m,
        {{ ratio('orders.cancelled_12m', 'orders.orders_12m') }}
            as firm_cancellation_ratio_12m,
        {{ ratio('orders.on_time_12m', 'orders.promised_12m') }}
            as firm_delivery_on_time_ratio_12m,
        case
            when orders.unconverted_12m = 0
                then {{ ratio('orders.amount_12m', 'orders.observed_months') }}
        end as firm_order_amount_monthly_mean_12m,
        orders.buyers_12m as firm_shop_buyer_count_12m,
        {{ ratio('orders.repeat_buyers_12m', 'orders.buyers_12m') }}
            as firm_shop_repeat_buyer_ratio_12m,
        reviews.rating_mean_12m as firm_rating_mean_12m,
        case
            when
                orders.subject_id is not null or reviews.subject_id is not null
                then coalesce(reviews.reviews_12m, 0)
        end as firm_review_count_12m
    from measured_subjects
    left join orders on {{ same_score('orders') }}
    left join disputes on {{ same_score('disputes') }}
    left join reviews on {{ same_score('reviews') }}
)

select * from measured
