-- grain: one row per subject and as-of date

with

measured_subjects as (
    select * from {{ ref('int_measured_subjects') }}
),

instalments as (
    select * from {{ ref('int_payments__loan_instalments') }}
),

obligations as (
    select * from {{ ref('int_payments__obligations') }}
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

-- Not cut to a window: whoever ever owed has a count, if need be of zero.
obligation_sums as (
    select
        measured_subjects.subject_id,
        measured_subjects.as_of_date,
        max({{ window_value('obligations', 'days_past_due', 12) }})
            as worst_days_12m,
        {{ window_sum('obligations', 'late_30_count', 24) }}
            as late_30_24m,
        {{ window_sum('obligations', 'late_60_count', 24) }}
            as late_60_24m,
        {{ window_sum('obligations', 'late_90_count', 24) }}
            as late_90_24m,
        max(
            case
                when obligations.late_count > 0
                    then {{ window_value('obligations', 'event_date', 24) }}
            end
        ) as last_late_date_24m
    from measured_subjects
    inner join obligations on {{ seen('obligations') }}
    where obligations.rated_count > 0
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
        obligation_sums.worst_days_12m as worst_days_past_due_12m,
        obligation_sums.late_30_24m as late_30_count_24m,
        obligation_sums.late_60_24m as late_60_count_24m,
        obligation_sums.late_90_24m as late_90_count_24m,
        case
            when obligation_sums.last_late_date_24m is not null
                then {{ whole_months_between(
                    'obligation_sums.last_late_date_24m',
                    'measured_subjects.as_of_date') }}
            when obligation_sums.subject_id is not null then 24
        end as months_since_last_late_24m,
        {{ whole_months_between('lines_opened.oldest_date',
            'measured_subjects.as_of_date') }} as oldest_line_age_months,
        lines_opened.opened_12m as new_lines_count_12m
    from measured_subjects
    left join instalment_sums on {{ same_score('instalment_sums') }}
    left join obligation_sums on {{ same_score('obligation_sums') }}
    left join lines_opened on {{ same_score('lines_opened') }}
)

select * from measured
