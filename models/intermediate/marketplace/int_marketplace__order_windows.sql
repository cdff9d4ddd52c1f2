-- grain: one row per subject and as-of date with any order

with

measured_subjects as (
    select * from {{ ref('int_measured_subjects') }}
),

order_days as (
    select * from {{ ref('int_marketplace__order_days') }}
),

-- Not cut to a window: the first order tells how many months to divide by.
order_sums as (
    select
        measured_subjects.subject_id,
        measured_subjects.as_of_date,
        {{ month_back('min(order_days.event_date)',
            'measured_subjects.as_of_date', 6) }} as observed_months_6m,
        {{ window_sum('order_days', 'orders_count', 6) }}
            as orders_6m,
        {{ window_sum('order_days', 'unconverted_count', 6) }}
            as unconverted_6m,
        {{ window_sum('order_days', 'completed_reference_amount', 6) }}
            as spent_6m,
        {{ window_sum('order_days', 'completed_count', 6) }}
            as completed_6m,
        {{ window_sum('order_days', 'completed_count', 12) }}
            as completed_12m,
        {{ window_sum('order_days', 'orders_count', 12) }}
            as orders_12m,
        {{ window_sum('order_days', 'cancelled_count', 12) }}
            as cancelled_12m,
        {{ window_sum('order_days', 'addressed_count', 12) }}
            as addressed_12m,
        sum(
            case
                when
                    order_days.address_declared_date
                    < measured_subjects.as_of_date
                    then {{ window_value('order_days', 'addressed_count', 12) }}
                else 0
            end
        ) as matched_12m,
        {{ active_months('order_days', 'orders_count', 12) }}
            as active_months_12m
    from measured_subjects
    inner join order_days on {{ seen('order_days') }}
    group by measured_subjects.subject_id, measured_subjects.as_of_date
),

-- Month totals in whole units of currency, whose squares fit a decimal.
spend_months as (
    select
        measured_subjects.subject_id,
        measured_subjects.as_of_date,
        cast(sum(order_days.completed_reference_amount) as decimal(19, 0))
            as month_amount
    from measured_subjects
    inner join order_days on {{ seen('order_days', 6) }}
    group by
        measured_subjects.subject_id,
        measured_subjects.as_of_date,
        {{ month_back('order_days.event_date',
            'measured_subjects.as_of_date', 6) }}
),

spend_squares as (
    select
        subject_id,
        as_of_date,
        sum(month_amount) as amount_6m,
        sum(month_amount * month_amount) as squares_6m
    from spend_months
    group by subject_id, as_of_date
),

measured as (
    select
        order_sums.subject_id,
        order_sums.as_of_date,
        order_sums.orders_6m,
        order_sums.orders_12m,
        order_sums.completed_12m,
        order_sums.active_months_12m as marketplace_active_months_12m,
        case
            when order_sums.orders_6m > 0 and order_sums.unconverted_6m = 0
                then {{ ratio('order_sums.spent_6m',
                    'order_sums.observed_months_6m') }}
        end as spend_monthly_mean_6m,
        case
            when order_sums.unconverted_6m = 0
                then {{ variation('spend_squares.amount_6m',
                    'spend_squares.squares_6m',
                    'order_sums.observed_months_6m') }}
        end as spend_variation_ratio_6m,
        case
            when order_sums.unconverted_6m = 0
                then {{ ratio('order_sums.spent_6m',
                    'order_sums.completed_6m') }}
        end as order_amount_mean_6m,
        {{ ratio('order_sums.cancelled_12m', 'order_sums.orders_12m') }}
            as cancellation_ratio_12m,
        {{ ratio('order_sums.matched_12m', 'order_sums.addressed_12m') }}
            as delivery_match_ratio_12m
    from order_sums
    left join spend_squares on {{ same_score('spend_squares', 'order_sums') }}
)

select * from measured
