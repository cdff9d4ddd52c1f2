-- grain: one row per business and as-of date

{%- set counts = [
    'firm_buyer_count_12m',
    'firm_supplier_count_12m',
    'firm_shop_buyer_count_12m',
] %}
{%- set shares = [
    'firm_repeat_buyer_ratio_12m',
    'firm_buyer_concentration_ratio_12m',
    'firm_supplier_concentration_ratio_12m',
    'firm_shop_repeat_buyer_ratio_12m',
] %}
{%- set measures = [
    'firm_rating_received_mean_24m',
] %}

with

businesses as (
    select * from {{ ref('int_scoring_subjects') }}
    where subject_kind = 'business'
),

reported_attributes as (
    select * from {{ ref('int_partners__reported_attributes') }}
),

counterparties as (
    select * from {{ ref('int_business__counterparty_windows') }}
),

order_days as (
    select * from {{ ref('int_business__shop_order_days') }}
),

rating_days as (
    select * from {{ ref('int_social__rating_days') }}
),

-- Older orders stay in, without adding to a count: a shop that sold to nobody
-- in the window has 0 buyers, a business without a shop has null.
shop_buyers as (
    select
        businesses.subject_id,
        businesses.as_of_date,
        order_days.buyer_id,
        sum(
            case
                when {{ in_window(
                    'order_days.event_date', 'businesses.as_of_date', 12
                ) }}
                    then order_days.completed_count
                else 0
            end
        ) as completed_count
    from businesses
    inner join order_days
        on
            businesses.subject_id = order_days.subject_id
            and {{ known_before('order_days', 'businesses') }}
    group by
        businesses.subject_id,
        businesses.as_of_date,
        order_days.buyer_id
),

shops as (
    select
        subject_id,
        as_of_date,
        count(case when completed_count > 0 then 1 end) as buyers_count,
        count(case when completed_count > 1 then 1 end) as repeat_buyers_count
    from shop_buyers
    group by subject_id, as_of_date
),

ratings as (
    select
        businesses.subject_id,
        businesses.as_of_date,
        sum(rating_days.rating_sum) as rating_sum,
        sum(rating_days.ratings_count) as ratings_count
    from businesses
    inner join rating_days
        on
            businesses.subject_id = rating_days.subject_id
            and {{ known_before('rating_days', 'businesses') }}
            and {{ in_window(
                'rating_days.event_date', 'businesses.as_of_date', 24
            ) }}
    group by businesses.subject_id, businesses.as_of_date
),

measured as (
    select
        businesses.subject_id,
        businesses.as_of_date,
        buyers.counterparties_count as firm_buyer_count_12m,
        {{ ratio(
            'buyers.repeat_counterparties_count', 'buyers.counterparties_count'
        ) }} as firm_repeat_buyer_ratio_12m,
        buyers.concentration_ratio as firm_buyer_concentration_ratio_12m,
        suppliers.counterparties_count as firm_supplier_count_12m,
        suppliers.concentration_ratio as firm_supplier_concentration_ratio_12m,
        shops.buyers_count as firm_shop_buyer_count_12m,
        {{ ratio('shops.repeat_buyers_count', 'shops.buyers_count') }}
            as firm_shop_repeat_buyer_ratio_12m,
        {{ ratio('ratings.rating_sum', 'ratings.ratings_count') }}
            as firm_rating_received_mean_24m
    from businesses
    left join counterparties as buyers
        on
            businesses.subject_id = buyers.subject_id
            and businesses.as_of_date = buyers.as_of_date
            and buyers.direction = 'issued'
    left join counterparties as suppliers
        on
            businesses.subject_id = suppliers.subject_id
            and businesses.as_of_date = suppliers.as_of_date
            and suppliers.direction = 'received'
    left join shops
        on
            businesses.subject_id = shops.subject_id
            and businesses.as_of_date = shops.as_of_date
    left join ratings
        on
            businesses.subject_id = ratings.subject_id
            and businesses.as_of_date = ratings.as_of_date
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
