-- grain: one row per consumer and as-of date

{%- set counts = [
    'disputes_lost_count_12m',
    'marketplace_active_months_12m',
    'top_up_active_months_12m',
] %}
{%- set shares = [
    'night_share_ratio_6m',
    'category_concentration_ratio_12m',
    'cancellation_ratio_12m',
    'cash_share_ratio_6m',
    'cart_abandonment_ratio_6m',
] %}
{%- set measures = [
    'spend_monthly_mean_6m',
    'spend_variation_ratio_6m',
    'browse_to_order_ratio_6m',
    'return_ratio_12m',
] %}

with

consumers as (
    select * from {{ ref('int_scoring_subjects') }}
    where subject_kind = 'consumer'
),

order_days as (
    select * from {{ ref('int_marketplace__order_days') }}
),

order_category_days as (
    select * from {{ ref('int_marketplace__order_category_days') }}
),

case_days as (
    select * from {{ ref('int_marketplace__case_days') }}
),

page_view_days as (
    select * from {{ ref('int_marketplace__page_view_days') }}
),

wallet_days as (
    select * from {{ ref('int_payments__wallet_days') }}
),

reported_attributes as (
    select * from {{ ref('int_partners__reported_attributes') }}
),

reported as (
    {{ pivot_reported('reported_attributes', counts + shares + measures) }}
),

-- Not cut to a window: the first order tells how many months to divide by, and
-- whoever ever ordered has counts, if need be of zero.
order_sums as (
    select
        consumers.subject_id,
        consumers.as_of_date,
        {{ month_back('min(order_days.event_date)',
            'consumers.as_of_date', 6) }} as observed_months_6m,
        {{ window_sum('order_days', 'orders_count', 6) }}
            as orders_6m,
        {{ window_sum('order_days', 'unconverted_count', 6) }}
            as unconverted_6m,
        {{ window_sum('order_days', 'completed_reference_amount', 6) }}
            as spent_6m,
        {{ window_sum('order_days', 'orders_count', 12) }}
            as orders_12m,
        {{ window_sum('order_days', 'cancelled_count', 12) }}
            as cancelled_12m,
        {{ active_months('order_days', 'orders_count', 12) }}
            as marketplace_active_months_12m
    from consumers
    inner join order_days
        on {{ seen('order_days') }}
    group by consumers.subject_id, consumers.as_of_date
),

-- Month totals in whole units of currency: their squares fit a decimal.
spend_months as (
    select
        consumers.subject_id,
        consumers.as_of_date,
        {{ month_back('order_days.event_date',
            'consumers.as_of_date', 6) }} as month_number,
        cast(sum(order_days.completed_reference_amount) as decimal(19, 0))
            as month_amount
    from consumers
    inner join order_days
        on {{ seen('order_days', 6) }}
    group by
        consumers.subject_id,
        consumers.as_of_date,
        {{ month_back('order_days.event_date',
            'consumers.as_of_date', 6) }}
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

category_lines as (
    select
        consumers.subject_id,
        consumers.as_of_date,
        order_category_days.category_id,
        sum(order_category_days.lines_count) as lines_12m
    from consumers
    inner join order_category_days
        on {{ seen('order_category_days', 12) }}
    group by
        consumers.subject_id,
        consumers.as_of_date,
        order_category_days.category_id
),

category_squares as (
    select
        subject_id,
        as_of_date,
        sum(lines_12m * lines_12m) as squares_12m,
        sum(lines_12m) * sum(lines_12m) as square_12m
    from category_lines
    group by subject_id, as_of_date
),

case_sums as (
    select
        consumers.subject_id,
        consumers.as_of_date,
        sum(case_days.refunds_granted_count) as refunds_granted_12m,
        sum(case_days.disputes_lost_count) as disputes_lost_12m
    from consumers
    inner join case_days
        on {{ seen('case_days', 12) }}
    group by consumers.subject_id, consumers.as_of_date
),

page_view_sums as (
    select
        consumers.subject_id,
        consumers.as_of_date,
        sum(page_view_days.timed_count) as timed_6m,
        sum(page_view_days.views_count) as views_6m,
        sum(page_view_days.carts_count) as carts_6m,
        sum(page_view_days.night_count) as night_6m
    from consumers
    inner join page_view_days
        on {{ seen('page_view_days', 6) }}
    group by consumers.subject_id, consumers.as_of_date
),

wallet_sums as (
    select
        consumers.subject_id,
        consumers.as_of_date,
        {{ active_months('wallet_days', 'top_up_count', 12) }}
            as top_up_active_months_12m,
        {{ window_sum('wallet_days', 'unconverted_count', 6) }}
            as unconverted_6m,
        {{ window_sum('wallet_days', 'out_reference_amount', 6) }}
            as out_6m,
        {{ window_sum('wallet_days', 'out_cash_reference_amount', 6) }}
            as out_cash_6m
    from consumers
    inner join wallet_days
        on {{ seen('wallet_days') }}
    group by consumers.subject_id, consumers.as_of_date
),

measured as (
    select
        consumers.subject_id,
        consumers.as_of_date,
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
        {{ ratio('page_view_sums.night_6m', 'page_view_sums.timed_6m') }}
            as night_share_ratio_6m,
        {{ ratio('category_squares.squares_12m',
            'category_squares.square_12m') }}
            as category_concentration_ratio_12m,
        {{ ratio('coalesce(order_sums.orders_6m, 0)',
            'page_view_sums.views_6m') }} as browse_to_order_ratio_6m,
        {{ ratio('coalesce(case_sums.refunds_granted_12m, 0)',
            'order_sums.orders_12m') }} as return_ratio_12m,
        case
            when order_sums.subject_id is not null
                then coalesce(case_sums.disputes_lost_12m, 0)
            else case_sums.disputes_lost_12m
        end as disputes_lost_count_12m,
        {{ ratio('order_sums.cancelled_12m', 'order_sums.orders_12m') }}
            as cancellation_ratio_12m,
        order_sums.marketplace_active_months_12m,
        wallet_sums.top_up_active_months_12m,
        case
            when wallet_sums.unconverted_6m = 0
                then {{ ratio('wallet_sums.out_cash_6m', 'wallet_sums.out_6m') }}
        end as cash_share_ratio_6m,
        case
            when page_view_sums.carts_6m > 0
                then
                    greatest(
                        1 - {{ ratio('coalesce(order_sums.orders_6m, 0)',
                            'page_view_sums.carts_6m') }},
                        0
                    )
        end as cart_abandonment_ratio_6m
    from consumers
    left join order_sums on {{ same_score('order_sums') }}
    left join spend_squares on {{ same_score('spend_squares') }}
    left join category_squares on {{ same_score('category_squares') }}
    left join case_sums on {{ same_score('case_sums') }}
    left join page_view_sums on {{ same_score('page_view_sums') }}
    left join wallet_sums on {{ same_score('wallet_sums') }}
),

attributes as (
    select
        measured.subject_id,
        measured.as_of_date,
        {{ attribute_columns(counts=counts,
            shares=shares,
            measures=measures) }}
    from measured
    left join reported on {{ same_score('reported', 'measured') }}
)

select * from attributes
