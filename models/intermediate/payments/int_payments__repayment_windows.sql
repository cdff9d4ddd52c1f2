-- grain: one row per subject and as-of date

with

measured_subjects as (
    select * from {{ ref('int_measured_subjects') }}
),

instalments as (
    select * from {{ ref('int_payments__loan_instalments') }}
),

obligations as (
    select * from {{ ref('int_payments__obligation_windows') }}
),

account_days as (
    select * from {{ ref('int_payments__credit_account_days') }}
),

instalment_sums as (
    select
        measured_subjects.subject_id,
        measured_subjects.as_of_date,
        sum(instalments.on_time_count) as on_time_12m,
        sum(instalments.instalments_count) as instalments_12m,
        {{ month_back('min(instalments.event_date)',
            'measured_subjects.as_of_date', 6) }} as observed_months_6m,
        {{ window_sum('instalments', 'unconverted_count', 6) }}
            as unconverted_6m,
        {{ window_sum('instalments', 'due_reference_amount', 6) }}
            as due_6m
    from measured_subjects
    inner join instalments on {{ seen('instalments', 12) }}
    group by measured_subjects.subject_id, measured_subjects.as_of_date
),

lines_opened as (
    select
        measured_subjects.subject_id,
        measured_subjects.as_of_date,
        min(account_days.event_date) as oldest_date,
        {{ window_sum('account_days', 'accounts_count', 12) }} as opened_12m
    from measured_subjects
    inner join account_days on {{ seen('account_days') }}
    group by measured_subjects.subject_id, measured_subjects.as_of_date
),

measured as (
    select
        measured_subjects.subject_id,
        measured_subjects.as_of_date,
        {{ ratio('instalment_sums.on_time_12m',
            'instalment_sums.instalments_12m') }}
            as instalment_on_time_ratio_12m,
        case
            when instalment_sums.unconverted_6m = 0
                then {{ ratio('instalment_sums.due_6m',
                    'instalment_sums.observed_months_6m') }}
        end as instalment_due_monthly_mean_6m,
        obligations.worst_days_past_due_12m,
        obligations.latest_days_past_due_12m,
        obligations.late_30_count_24m,
        obligations.late_60_count_24m,
        obligations.late_90_count_24m,
        obligations.months_since_last_late_24m,
        {{ whole_months_between('lines_opened.oldest_date',
            'measured_subjects.as_of_date') }} as oldest_line_age_months,
        lines_opened.opened_12m as new_lines_count_12m
    from measured_subjects
    left join instalment_sums on {{ same_score('instalment_sums') }}
    left join obligations on {{ same_score('obligations') }}
    left join lines_opened on {{ same_score('lines_opened') }}
)

select * from measured
