-- grain: one row per business and as-of date

{%- set counts = [
    'firm_worst_days_past_due_12m',
    'firm_oldest_line_age_months',
    'firm_court_judgments_count',
    'firm_enforcement_cases_count',
    'firm_tax_arrears_count',
] %}
{%- set shares = [
    'firm_supplier_on_time_ratio_12m',
    'firm_loan_on_time_ratio_12m',
    'firm_bill_on_time_ratio_12m',
] %}

with

businesses as (
    select * from {{ ref('int_scoring_subjects') }}
    where subject_kind = 'business'
),

reported_attributes as (
    select * from {{ ref('int_partners__reported_attributes') }}
),

statement_days as (
    select * from {{ ref('int_payments__credit_statement_days') }}
),

instalment_days as (
    select * from {{ ref('int_payments__loan_instalment_days') }}
),

bill_days as (
    select * from {{ ref('int_payments__bill_days') }}
),

account_days as (
    select * from {{ ref('int_payments__credit_account_days') }}
),

negatives as (
    select * from {{ ref('int_public_records__negatives') }}
),

-- A statement counts as a supplier's once its account is known to be one;
-- for the worst delay the kind of the account does not matter.
statements as (
    select
        businesses.subject_id,
        businesses.as_of_date,
        sum(
            case
                when
                    statement_days.account_kind = 'supplier_credit'
                    and statement_days.account_known_date
                    < businesses.as_of_date
                    then statement_days.rated_count
            end
        ) as supplier_rated_count,
        sum(
            case
                when
                    statement_days.account_kind = 'supplier_credit'
                    and statement_days.account_known_date
                    < businesses.as_of_date
                    then statement_days.on_time_count
            end
        ) as supplier_on_time_count,
        max(statement_days.worst_days_past_due) as worst_days_past_due
    from businesses
    inner join statement_days
        on
            businesses.subject_id = statement_days.subject_id
            and {{ known_before('statement_days', 'businesses') }}
            and {{ in_window(
                'statement_days.event_date', 'businesses.as_of_date', 12
            ) }}
    group by businesses.subject_id, businesses.as_of_date
),

instalments as (
    select
        businesses.subject_id,
        businesses.as_of_date,
        sum(instalment_days.instalments_count) as instalments_count,
        sum(instalment_days.on_time_count) as on_time_count,
        max(instalment_days.worst_days_past_due) as worst_days_past_due
    from businesses
    inner join instalment_days
        on
            businesses.subject_id = instalment_days.subject_id
            and {{ known_before('instalment_days', 'businesses') }}
            and {{ in_window(
                'instalment_days.event_date', 'businesses.as_of_date', 12
            ) }}
    group by businesses.subject_id, businesses.as_of_date
),

bills as (
    select
        businesses.subject_id,
        businesses.as_of_date,
        sum(bill_days.bills_count) as bills_count,
        sum(bill_days.on_time_count) as on_time_count
    from businesses
    inner join bill_days
        on
            businesses.subject_id = bill_days.subject_id
            and {{ known_before('bill_days', 'businesses') }}
            and {{ in_window(
                'bill_days.event_date', 'businesses.as_of_date', 12
            ) }}
    group by businesses.subject_id, businesses.as_of_date
),

lines as (
    select
        businesses.subject_id,
        businesses.as_of_date,
        min(account_days.event_date) as oldest_date
    from businesses
    inner join account_days
        on
            businesses.subject_id = account_days.subject_id
            and {{ known_before('account_days', 'businesses') }}
    group by businesses.subject_id, businesses.as_of_date
),

measured as (
    select
        businesses.subject_id,
        businesses.as_of_date,
        {{ ratio(
            'statements.supplier_on_time_count',
            'statements.supplier_rated_count'
        ) }} as firm_supplier_on_time_ratio_12m,
        {{ ratio(
            'instalments.on_time_count', 'instalments.instalments_count'
        ) }} as firm_loan_on_time_ratio_12m,
        {{ ratio('bills.on_time_count', 'bills.bills_count') }}
            as firm_bill_on_time_ratio_12m,
        greatest(
            statements.worst_days_past_due, instalments.worst_days_past_due
        ) as firm_worst_days_past_due_12m,
        {{ whole_months_between(
            'lines.oldest_date', 'businesses.as_of_date'
        ) }} as firm_oldest_line_age_months,
        negatives.court_judgments_count as firm_court_judgments_count,
        negatives.enforcement_cases_count as firm_enforcement_cases_count,
        negatives.tax_arrears_count as firm_tax_arrears_count
    from businesses
    left join statements
        on
            businesses.subject_id = statements.subject_id
            and businesses.as_of_date = statements.as_of_date
    left join instalments
        on
            businesses.subject_id = instalments.subject_id
            and businesses.as_of_date = instalments.as_of_date
    left join bills
        on
            businesses.subject_id = bills.subject_id
            and businesses.as_of_date = bills.as_of_date
    left join lines
        on
            businesses.subject_id = lines.subject_id
            and businesses.as_of_date = lines.as_of_date
    left join negatives
        on
            businesses.subject_id = negatives.subject_id
            and businesses.as_of_date = negatives.as_of_date
),

reported as (
    {{ pivot_reported(
        'reported_attributes', numeric=counts + shares
    ) }}
),

attributes as (
    select
        measured.subject_id,
        measured.as_of_date,
        {{ attribute_columns(
            counts=counts, shares=shares
        ) }}
    from measured
    left join reported
        on
            measured.subject_id = reported.subject_id
            and measured.as_of_date = reported.as_of_date
)

select * from attributes
