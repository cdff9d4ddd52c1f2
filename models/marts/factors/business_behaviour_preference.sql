-- grain: one row per business and as-of date

{%- set counts = [
    'firm_active_months_12m',
] %}
{%- set shares = [
    'firm_dispute_ratio_12m',
    'firm_cancellation_ratio_12m',
    'firm_void_invoice_ratio_12m',
    'firm_reversed_invoice_ratio_12m',
] %}
{%- set measures = [
    'firm_rating_mean_12m',
] %}

with

businesses as (
    select * from {{ ref('int_scoring_subjects') }}
    where subject_kind = 'business'
),

reported_attributes as (
    select * from {{ ref('int_partners__reported_attributes') }}
),

invoice_days as (
    select * from {{ ref('int_business__invoice_days') }}
    where direction = 'issued'
),

order_days as (
    select * from {{ ref('int_business__shop_order_days') }}
),

dispute_days as (
    select * from {{ ref('int_business__shop_dispute_days') }}
),

review_days as (
    select * from {{ ref('int_business__shop_review_days') }}
),

reviews as (
    select
        businesses.subject_id,
        businesses.as_of_date,
        sum(review_days.rating_sum) as rating_sum,
        sum(review_days.reviews_count) as reviews_count
    from businesses
    inner join review_days
        on
            businesses.subject_id = review_days.subject_id
            and {{ known_before('review_days', 'businesses') }}
            and {{ in_window(
                'review_days.event_date', 'businesses.as_of_date', 12
            ) }}
    group by businesses.subject_id, businesses.as_of_date
),

orders as (
    select
        businesses.subject_id,
        businesses.as_of_date,
        sum(order_days.cancelled_count) as cancelled_count,
        sum(order_days.orders_count) as orders_count
    from businesses
    inner join order_days
        on
            businesses.subject_id = order_days.subject_id
            and {{ known_before('order_days', 'businesses') }}
            and {{ in_window(
                'order_days.event_date', 'businesses.as_of_date', 12
            ) }}
    group by businesses.subject_id, businesses.as_of_date
),

disputes as (
    select
        businesses.subject_id,
        businesses.as_of_date,
        sum(dispute_days.won_by_buyer_count) as won_by_buyer_count
    from businesses
    inner join dispute_days
        on
            businesses.subject_id = dispute_days.subject_id
            and {{ known_before('dispute_days', 'businesses') }}
            and {{ in_window(
                'dispute_days.event_date', 'businesses.as_of_date', 12
            ) }}
    group by businesses.subject_id, businesses.as_of_date
),

-- Older invoices stay in, without adding to a count: a firm that issued none
-- in the window was active in 0 months, one that never issued any in null.
invoices as (
    select
        businesses.subject_id,
        businesses.as_of_date,
        invoice_days.invoices_count,
        invoice_days.voided_count,
        invoice_days.reversed_count,
        case
            when invoice_days.valid_count > 0
                then
                    {{ month_back(
                        'invoice_days.event_date',
                        'businesses.as_of_date',
                        12
                    ) }}
        end as active_month,
        {{ in_window(
            'invoice_days.event_date', 'businesses.as_of_date', 12
        ) }} as is_in_window
    from businesses
    inner join invoice_days
        on
            businesses.subject_id = invoice_days.subject_id
            and {{ known_before('invoice_days', 'businesses') }}
),

issued as (
    select
        subject_id,
        as_of_date,
        sum(case when is_in_window then invoices_count end) as invoices_count,
        sum(case when is_in_window then voided_count end) as voided_count,
        sum(case when is_in_window then reversed_count end) as reversed_count,
        count(distinct case when is_in_window then active_month end)
            as active_months
    from invoices
    group by subject_id, as_of_date
),

measured as (
    select
        businesses.subject_id,
        businesses.as_of_date,
        {{ ratio('reviews.rating_sum', 'reviews.reviews_count') }}
            as firm_rating_mean_12m,
        -- a dispute may be about an order from before the window
        {{ ratio(
            'least(coalesce(disputes.won_by_buyer_count, 0),'
            ~ ' orders.orders_count)',
            'orders.orders_count'
        ) }} as firm_dispute_ratio_12m,
        {{ ratio('orders.cancelled_count', 'orders.orders_count') }}
            as firm_cancellation_ratio_12m,
        {{ ratio('issued.voided_count', 'issued.invoices_count') }}
            as firm_void_invoice_ratio_12m,
        {{ ratio('issued.reversed_count', 'issued.invoices_count') }}
            as firm_reversed_invoice_ratio_12m,
        issued.active_months as firm_active_months_12m
    from businesses
    left join reviews
        on
            businesses.subject_id = reviews.subject_id
            and businesses.as_of_date = reviews.as_of_date
    left join orders
        on
            businesses.subject_id = orders.subject_id
            and businesses.as_of_date = orders.as_of_date
    left join disputes
        on
            businesses.subject_id = disputes.subject_id
            and businesses.as_of_date = disputes.as_of_date
    left join issued
        on
            businesses.subject_id = issued.subject_id
            and businesses.as_of_date = issued.as_of_date
),

reported as (
    {{ pivot_reported(
        'reported_attributes', numeric=counts + shares + measures
    ) }}
),

attributes as (
    select
        measured.subject_id,
        measured.as_of_date,
        {{ attribute_columns(
            counts=counts, shares=shares, measures=measures
        ) }}
    from measured
    left join reported
        on
            measured.subject_id = reported.subject_id
            and measured.as_of_date = reported.as_of_date
)

select * from attributes
