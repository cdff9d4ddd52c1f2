-- grain: one row per subject and as-of date with any reciprocated tie

with

measured_subjects as (
    select * from {{ ref('int_measured_subjects') }}
),

reciprocated_ties as (
    select * from {{ ref('int_social__reciprocated_ties') }}
),

obligations as (
    select * from {{ ref('int_payments__obligations') }}
),

-- mutual_date is null for a tie that has ended.
known_ties as (
    select
        measured_subjects.subject_id,
        measured_subjects.as_of_date,
        reciprocated_ties.tie_subject_id,
        min(
            case
                when
                    reciprocated_ties.until_date is null
                    or reciprocated_ties.until_date
                    >= measured_subjects.as_of_date
                    then reciprocated_ties.event_date
            end
        ) as mutual_date
    from measured_subjects
    inner join reciprocated_ties on {{ seen('reciprocated_ties') }}
    group by
        measured_subjects.subject_id,
        measured_subjects.as_of_date,
        reciprocated_ties.tie_subject_id
),

tie_sums as (
    select
        subject_id,
        as_of_date,
        count(*) as known_count,
        count(mutual_date) as ties_count,
        count(
            case
                when {{ in_window('mutual_date', 'as_of_date', 12) }} then 1
            end
        ) as new_12m,
        min(mutual_date) as oldest_date,
        sum({{ whole_months_between('mutual_date', 'as_of_date') }})
            as tie_months
    from known_ties
    group by subject_id, as_of_date
),

-- A tie without credit says nothing about paying late and is left out.
rated_ties as (
    select
        known_ties.subject_id,
        known_ties.as_of_date,
        known_ties.tie_subject_id,
        max(case when obligations.late_count > 0 then 1 else 0 end)
            as was_late
    from known_ties
    inner join obligations
        on
            known_ties.tie_subject_id = obligations.subject_id
            and {{ known_before('obligations', 'known_ties') }}
            and {{ in_window('obligations.event_date',
                'known_ties.as_of_date', 12) }}
    where
        known_ties.mutual_date is not null
        and obligations.rated_count > 0
    group by
        known_ties.subject_id,
        known_ties.as_of_date,
        known_ties.tie_subject_id
),

late_sums as (
    select
        subject_id,
        as_of_date,
        count(*) as rated_12m,
        sum(was_late) as late_12m
    from rated_ties
    group by subject_id, as_of_date
),

measured as (
    select
        tie_sums.subject_id,
        tie_sums.as_of_date,
        tie_sums.ties_count as reciprocated_ties_count,
        {{ ratio('tie_sums.tie_months', 'tie_sums.ties_count') }}
            as tie_age_mean_months,
        {{ whole_months_between('tie_sums.oldest_date',
            'tie_sums.as_of_date') }} as oldest_tie_age_months,
        tie_sums.new_12m as new_ties_count_12m,
        {{ ratio('(tie_sums.known_count - tie_sums.ties_count)',
            'tie_sums.known_count') }} as ended_ties_ratio,
        {{ ratio('late_sums.late_12m', 'late_sums.rated_12m') }}
            as late_ties_ratio_12m
    from tie_sums
    left join late_sums on {{ same_score('late_sums', 'tie_sums') }}
)

select * from measured
