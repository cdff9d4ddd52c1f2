-- grain: one row per consumer and as-of date

{%- set counts = [
    'worst_days_past_due_12m',
    'late_30_count_24m',
    'months_since_last_late_24m',
    'minimum_payment_months_12m',
    'oldest_line_age_months',
    'credit_inquiries_count_6m',
    'court_judgments_count',
    'enforcement_cases_count',
    'tax_arrears_count',
    'late_60_count_24m',
    'late_90_count_24m',
    'full_payment_months_12m',
    'new_lines_count_12m',
    'latest_days_past_due_12m',
] %}
{%- set shares = [
    'card_on_time_ratio_12m',
    'instalment_on_time_ratio_12m',
    'bill_on_time_ratio_12m',
    'bill_on_time_ratio_24m',
    'telecom_bill_on_time_ratio_12m',
    'utility_bill_on_time_ratio_12m',
] %}
{%- set measures = [
    'card_utilisation_mean_6m',
    'card_utilisation_peak_6m',
    'payment_to_balance_ratio_6m',
    'card_utilisation_change_6m',
    'card_limit_6m',
    'card_balance_mean_6m',
    'card_paid_mean_6m',
] %}
{%- set categories = [
    'credit_record_level',
    'other_instalment_plans_level',
] %}

with

consumers as (
    select * from {{ ref('int_measured_subjects') }}
    where subject_kind = 'consumer'
),

cards as (
    select * from {{ ref('int_payments__card_windows') }}
),

repayments as (
    select * from {{ ref('int_payments__repayment_windows') }}
),

bills as (
    select * from {{ ref('int_payments__bill_windows') }}
),

inquiries as (
    select * from {{ ref('int_partners__inquiry_windows') }}
),

negatives as (
    select * from {{ ref('int_public_records__negatives') }}
),

reported_attributes as (
    select * from {{ ref('int_partners__reported_attributes') }}
),

reported as (
    {{ pivot_reported(
        'reported_attributes', counts + shares + measures, categories
    ) }}
),

measured as (
    select
        consumers.subject_id,
        consumers.as_of_date,
        cards.card_on_time_ratio_12m,
        cards.card_utilisation_mean_6m,
        cards.card_utilisation_peak_6m,
        cards.payment_to_balance_ratio_6m,
        cards.minimum_payment_months_12m,
        cards.full_payment_months_12m,
        cards.card_utilisation_change_6m,
        cards.card_limit_6m,
        cards.card_balance_mean_6m,
        cards.card_paid_mean_6m,
        repayments.instalment_on_time_ratio_12m,
        bills.bill_on_time_ratio_12m,
        bills.bill_on_time_ratio_24m,
        bills.telecom_bill_on_time_ratio_12m,
        bills.utility_bill_on_time_ratio_12m,
        repayments.worst_days_past_due_12m,
        repayments.late_30_count_24m,
        repayments.months_since_last_late_24m,
        repayments.oldest_line_age_months,
        repayments.late_60_count_24m,
        repayments.late_90_count_24m,
        repayments.new_lines_count_12m,
        repayments.latest_days_past_due_12m,
        inquiries.credit_inquiries_count_6m,
        negatives.court_judgments_count,
        negatives.enforcement_cases_count,
        negatives.tax_arrears_count
    from consumers
    left join cards on {{ same_score('cards', 'consumers') }}
    left join repayments on {{ same_score('repayments', 'consumers') }}
    left join bills on {{ same_score('bills', 'consumers') }}
    left join inquiries on {{ same_score('inquiries', 'consumers') }}
    left join negatives on {{ same_score('negatives', 'consumers') }}
),

attributes as (
    select
        measured.subject_id,
        measured.as_of_date,
        {{ attribute_columns(
            counts=counts,
            shares=shares,
            measures=measures,
            categories=categories
        ) }}
    from measured
    left join reported on {{ same_score('reported', 'measured') }}
)

select * from attributes
