-- grain: one row per subject and as-of date with consent for public records

with

measured_subjects as (
    select * from {{ ref('int_measured_subjects') }}
),

consents as (
    select * from {{ ref('int_consent__in_force') }}
),

jurisdictions as (
    select * from {{ ref('jurisdictions') }}
),

negative_days as (
    select * from {{ ref('int_public_records__negative_days') }}
),

-- With consent, no record is a finding and counts as zero; without it, nothing
-- is known and the subject has no row here.
retentions as (
    select
        measured_subjects.subject_id,
        measured_subjects.as_of_date,
        {{ add_months(
            'measured_subjects.as_of_date',
            '-coalesce(own.negative_retention_months,'
            ~ ' general.negative_retention_months)'
        ) }} as retained_from_date
    from measured_subjects
    inner join consents
        on
            measured_subjects.subject_id = consents.subject_id
            and measured_subjects.as_of_date = consents.as_of_date
            and consents.domain = 'public_records'
    left join jurisdictions as own
        on measured_subjects.country = own.jurisdiction
    inner join jurisdictions as general
        on general.jurisdiction = '*'
),

-- Few have any record: counted apart, so that the many without are not
-- grouped for nothing.
record_sums as (
    select
        retentions.subject_id,
        retentions.as_of_date,
        sum(
            case
                when negative_days.negative_kind = 'court_judgment'
                    then negative_days.negatives_count
                else 0
            end
        ) as court_judgments_count,
        sum(
            case
                when negative_days.negative_kind = 'enforcement_case'
                    then negative_days.negatives_count
                else 0
            end
        ) as enforcement_cases_count,
        sum(
            case
                when negative_days.negative_kind = 'tax_arrears'
                    then negative_days.negatives_count
                else 0
            end
        ) as tax_arrears_count,
        sum(
            case
                when negative_days.negative_kind = 'administrative_penalty'
                    then negative_days.negatives_count
                else 0
            end
        ) as administrative_penalties_count
    from retentions
    inner join negative_days
        on
            retentions.subject_id = negative_days.subject_id
            and {{ known_before('negative_days', 'retentions') }}
            and retentions.retained_from_date <= negative_days.event_date
            and (
                negative_days.closed_date is null
                or retentions.as_of_date <= negative_days.closed_date
            )
    group by retentions.subject_id, retentions.as_of_date
),

counted as (
    select
        retentions.subject_id,
        retentions.as_of_date,
        coalesce(record_sums.court_judgments_count, 0)
            as court_judgments_count,
        coalesce(record_sums.enforcement_cases_count, 0)
            as enforcement_cases_count,
        coalesce(record_sums.tax_arrears_count, 0) as tax_arrears_count,
        coalesce(record_sums.administrative_penalties_count, 0)
            as administrative_penalties_count
    from retentions
    left join record_sums on {{ same_score('record_sums', 'retentions') }}
)

select * from counted
