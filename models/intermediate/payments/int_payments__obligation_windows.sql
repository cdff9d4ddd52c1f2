-- grain: one row per subject and as-of date with any rated obligation

with

measured_subjects as (
    select * from {{ ref('int_measured_subjects') }}
),

obligations as (
    select * from {{ ref('int_payments__obligations') }}
),

-- Not cut to a window: whoever ever owed has a count, if need be of zero.
obligation_sums as (
    select
        measured_subjects.subject_id,
        measured_subjects.as_of_date,
        max({{ window_value('obligations', 'days_past_due', 12) }})
            as worst_days_12m,
        max({{ window_value('obligations', 'event_date', 12) }})
            as latest_date_12m,
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

-- Several may fall due on the latest day: the worst of them tells.
latest_obligations as (
    select
        obligation_sums.subject_id,
        obligation_sums.as_of_date,
        max(obligations.days_past_due) as latest_days_12m
    from obligation_sums
    inner join obligations
        on
            {{ seen('obligations', subjects='obligation_sums') }}
            and obligation_sums.latest_date_12m = obligations.event_date
    group by obligation_sums.subject_id, obligation_sums.as_of_date
),

measured as (
    select
        obligation_sums.subject_id,
        obligation_sums.as_of_date,
        obligation_sums.worst_days_12m as worst_days_past_due_12m,
        latest_obligations.latest_days_12m as latest_days_past_due_12m,
        obligation_sums.late_30_24m as late_30_count_24m,
        obligation_sums.late_60_24m as late_60_count_24m,
        obligation_sums.late_90_24m as late_90_count_24m,
        case
            when obligation_sums.last_late_date_24m is null then 24
            else {{ whole_months_between('obligation_sums.last_late_date_24m',
                'obligation_sums.as_of_date') }}
        end as months_since_last_late_24m
    from obligation_sums
    left join latest_obligations
        on {{ same_score('latest_obligations', 'obligation_sums') }}
)

select * from measured
