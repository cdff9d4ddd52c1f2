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
] %}
{%- set shares = [
    'card_on_time_ratio_12m',
    'instalment_on_time_ratio_12m',
    'bill_on_time_ratio_12m',
] %}
{%- set measures = [
    'card_utilisation_mean_6m',
    'card_utilisation_peak_6m',
    'payment_to_balance_ratio_6m',
] %}
{%- set categories = [
    'credit_record_level',
    'other_instalment_plans_level',
] %}

with

consumers as (
    select * from {{ ref('int_scoring_subjects') }}
    where subject_kind = 'consumer'
),

statement_days as (
    select * from {{ ref('int_payments__credit_statement_days') }}
),

instalment_days as (
    select * from {{ ref('int_payments__loan_instalment_days') }}
),

obligation_days as (
    select * from {{ ref('int_payments__obligation_days') }}
),

bill_days as (
    select * from {{ ref('int_payments__bill_days') }}
),

account_days as (
    select * from {{ ref('int_payments__credit_account_days') }}
),

inquiry_days as (
    select * from {{ ref('int_partners__inquiry_days') }}
),

negatives as (
    select * from {{ ref('int_public_records__negatives') }}
),

reported_attributes as (
    select * from {{ ref('int_partners__reported_attributes') }}
),

reported as (
    {{ pivot_reported('reported_attributes', counts + shares + measures,
        categories) }}
),

card_sums as (
    select
        consumers.subject_id,
        consumers.as_of_date,
        sum(statement_days.on_time_count) as on_time_12m,
        sum(statement_days.rated_count) as rated_12m,
        sum(statement_days.minimum_known_count) as minimum_known_12m,
        {{ active_months('statement_days', 'minimum_payment_count', 12) }}
            as minimum_payment_months_12m,
        {{ window_sum('statement_days', 'utilisation_sum', 6) }}
            as utilisation_6m,
        {{ window_sum('statement_days', 'utilisation_count', 6) }}
            as utilisation_count_6m,
        max({{ window_value('statement_days', 'utilisation_peak_ratio', 6) }}) as utilisation_peak_6m,
        {{ window_sum('statement_days', 'unconverted_count', 6) }}
            as unconverted_6m,
        {{ window_sum('statement_days', 'billed_reference_amount', 6) }}
            as billed_6m,
        {{ window_sum('statement_days', 'paid_reference_amount', 6) }}
            as paid_6m
    from consumers
    inner join statement_days
        on {{ seen('statement_days', 12) }}
            and statement_days.account_known_date < consumers.as_of_date
    where statement_days.account_kind = 'card'
    group by consumers.subject_id, consumers.as_of_date
),

instalment_sums as (
    select
        consumers.subject_id,
        consumers.as_of_date,
        sum(instalment_days.on_time_count) as on_time_12m,
        sum(instalment_days.instalments_count) as instalments_12m
    from consumers
    inner join instalment_days
        on {{ seen('instalment_days', 12) }}
    group by consumers.subject_id, consumers.as_of_date
),

-- Not cut to a window: whoever ever owed has a count, if need be of zero.
obligation_sums as (
    select
        consumers.subject_id,
        consumers.as_of_date,
        max({{ window_value('obligation_days', 'worst_days_past_due', 12) }}) as worst_days_past_due_12m,
        {{ window_sum('obligation_days', 'late_30_count', 24) }}
            as late_30_count_24m,
        max(
            case
                when
                    obligation_days.late_count > 0
                    and {{ in_window('obligation_days.event_date',
                        'consumers.as_of_date', 24) }}
                    then obligation_days.event_date
            end
        ) as last_late_date_24m
    from consumers
    inner join obligation_days
        on {{ seen('obligation_days') }}
            and obligation_days.rated_count > 0
    group by consumers.subject_id, consumers.as_of_date
),

bill_sums as (
    select
        consumers.subject_id,
        consumers.as_of_date,
        sum(bill_days.on_time_count) as on_time_12m,
        sum(bill_days.bills_count) as bills_12m
    from consumers
    inner join bill_days
        on {{ seen('bill_days', 12) }}
    group by consumers.subject_id, consumers.as_of_date
),

oldest_lines as (
    select
        consumers.subject_id,
        consumers.as_of_date,
        min(account_days.event_date) as opened_date
    from consumers
    inner join account_days
        on {{ seen('account_days') }}
    group by consumers.subject_id, consumers.as_of_date
),

inquiry_sums as (
    select
        consumers.subject_id,
        consumers.as_of_date,
        {{ window_sum('inquiry_days', 'credit_inquiries_count', 6) }}
            as credit_inquiries_count_6m
    from consumers
    inner join inquiry_days
        on {{ seen('inquiry_days') }}
    group by consumers.subject_id, consumers.as_of_date
),

measured as (
    select
        consumers.subject_id,
        consumers.as_of_date,
        {{ ratio('card_sums.on_time_12m', 'card_sums.rated_12m') }}
            as card_on_time_ratio_12m,
        {{ ratio('instalment_sums.on_time_12m',
            'instalment_sums.instalments_12m') }} as instalment_on_time_ratio_12m,
        {{ ratio('bill_sums.on_time_12m', 'bill_sums.bills_12m') }}
            as bill_on_time_ratio_12m,
        obligation_sums.worst_days_past_due_12m,
        obligation_sums.late_30_count_24m,
        case
            when obligation_sums.last_late_date_24m is not null
                then {{ whole_months_between(
                    'obligation_sums.last_late_date_24m',
                    'consumers.as_of_date') }}
            when obligation_sums.subject_id is not null then 24
        end as months_since_last_late_24m,
        {{ ratio('card_sums.utilisation_6m',
            'card_sums.utilisation_count_6m') }} as card_utilisation_mean_6m,
        cast(card_sums.utilisation_peak_6m as double)
            as card_utilisation_peak_6m,
        case
            when card_sums.unconverted_6m = 0
                then {{ ratio('card_sums.paid_6m', 'card_sums.billed_6m') }}
        end as payment_to_balance_ratio_6m,
        case
            when card_sums.minimum_known_12m > 0
                then card_sums.minimum_payment_months_12m
        end as minimum_payment_months_12m,
        {{ whole_months_between('oldest_lines.opened_date',
            'consumers.as_of_date') }} as oldest_line_age_months,
        inquiry_sums.credit_inquiries_count_6m,
        negatives.court_judgments_count,
        negatives.enforcement_cases_count,
        negatives.tax_arrears_count
    from consumers
    left join card_sums on {{ same_score('card_sums') }}
    left join instalment_sums on {{ same_score('instalment_sums') }}
    left join obligation_sums on {{ same_score('obligation_sums') }}
    left join bill_sums on {{ same_score('bill_sums') }}
    left join oldest_lines on {{ same_score('oldest_lines') }}
    left join inquiry_sums on {{ same_score('inquiry_sums') }}
    left join negatives on {{ same_score('negatives') }}
),

attributes as (
    select
        measured.subject_id,
        measured.as_of_date,
        {{ attribute_columns(counts=counts,
            shares=shares,
            measures=measures,
            categories=categories) }}
    from measured
    left join reported on {{ same_score('reported', 'measured') }}
)

select * from attributes
