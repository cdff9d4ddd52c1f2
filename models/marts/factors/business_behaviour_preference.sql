-- grain: one row per business and as-of date

{%- set counts = [
    'firm_active_months_12m',
    'firm_valid_invoice_count_12m',
    'firm_review_count_12m',
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
    select * from {{ ref('int_measured_subjects') }}
    where subject_kind = 'business'
),

invoicing as (
    select * from {{ ref('int_business__invoicing_windows') }}
),

shops as (
    select * from {{ ref('int_business__shop_windows') }}
),

reported_attributes as (
    select * from {{ ref('int_partners__reported_attributes') }}
),

reported as (
    {{ pivot_reported(
        'reported_attributes', counts + shares + measures
    ) }}
),

measured as (
    select
        businesses.subject_id,
        businesses.as_of_date,
        invoicing.firm_active_months_12m,
        invoicing.firm_void_invoice_ratio_12m,
        invoicing.firm_reversed_invoice_ratio_12m,
        invoicing.firm_valid_invoice_count_12m,
        shops.firm_dispute_ratio_12m,
        shops.firm_cancellation_ratio_12m,
        shops.firm_rating_mean_12m,
        shops.firm_review_count_12m
    from businesses
    left join invoicing on {{ same_score('invoicing', 'businesses') }}
    left join shops on {{ same_score('shops', 'businesses') }}
),

attributes as (
    select
        measured.subject_id,
        measured.as_of_date,
        {{ attribute_columns(
            counts=counts,
            shares=shares,
            measures=measures
        ) }}
    from measured
    left join reported on {{ same_score('reported', 'measured') }}
)

select * from attributes
