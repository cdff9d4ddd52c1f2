-- grain: one row per business and as-of date

{%- set counts = [
    'firm_worst_days_past_due_12m',
    'firm_oldest_line_age_months',
    'firm_court_judgments_count',
    'firm_enforcement_cases_count',
    'firm_tax_arrears_count',
    'firm_late_30_count_24m',
    'firm_months_since_last_late_24m',
] %}
{%- set shares = [
    'firm_supplier_on_time_ratio_12m',
    'firm_loan_on_time_ratio_12m',
    'firm_bill_on_time_ratio_12m',
] %}

with

businesses as (
    select * from {{ ref('int_measured_subjects') }}
    where subject_kind = 'business'
),

suppliers as (
    select * from {{ ref('int_payments__supplier_windows') }}
),

repayments as (
    select * from {{ ref('int_payments__repayment_windows') }}
),

bills as (
    select * from {{ ref('int_payments__bill_windows') }}
),

negatives as (
    select * from {{ ref('int_public_records__negatives') }}
),

reported_attributes as (
    select * from {{ ref('int_partners__reported_attributes') }}
),

reported as (
    {{ pivot_reported(
        'reported_attributes', counts + shares
    ) }}
),

measured as (
    select
        businesses.subject_id,
        businesses.as_of_date,
        suppliers.supplier_on_time_ratio_12m
            as firm_supplier_on_time_ratio_12m,
        repayments.instalment_on_time_ratio_12m as firm_loan_on_time_ratio_12m,
        bills.bill_on_time_ratio_12m as firm_bill_on_time_ratio_12m,
        repayments.worst_days_past_due_12m as firm_worst_days_past_due_12m,
        repayments.oldest_line_age_months as firm_oldest_line_age_months,
        repayments.late_30_count_24m as firm_late_30_count_24m,
        repayments.months_since_last_late_24m
            as firm_months_since_last_late_24m,
        negatives.court_judgments_count as firm_court_judgments_count,
        negatives.enforcement_cases_count as firm_enforcement_cases_count,
        negatives.tax_arrears_count as firm_tax_arrears_count
    from businesses
    left join suppliers on {{ same_score('suppliers', 'businesses') }}
    left join repayments on {{ same_score('repayments', 'businesses') }}
    left join bills on {{ same_score('bills', 'businesses') }}
    left join negatives on {{ same_score('negatives', 'businesses') }}
),

attributes as (
    select
        measured.subject_id,
        measured.as_of_date,
        {{ attribute_columns(
            counts=counts,
            shares=shares
        ) }}
    from measured
    left join reported on {{ same_score('reported', 'measured') }}
)

select * from attributes
