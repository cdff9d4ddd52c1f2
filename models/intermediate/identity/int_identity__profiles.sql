-- grain: one row per subject and as-of date

{%- set items = [
    'subjects.identity_number_token is not null',
    'subjects.name_token is not null',
    'subjects.birth_date is not null',
    'tenures.has_address',
    'tenures.has_phone',
    'tenures.has_employment',
] %}

with

measured_subjects as (
    select * from {{ ref('int_measured_subjects') }}
),

subjects as (
    select * from {{ ref('stg_identity__subjects') }}
),

tenures as (
    select * from {{ ref('int_identity__tenures') }}
),

verification_days as (
    select * from {{ ref('int_identity__verification_days') }}
),

device_days as (
    select * from {{ ref('int_identity__device_days') }}
),

-- Attempts that all failed are a count of zero; no attempt is no value.
verification_sums as (
    select
        measured_subjects.subject_id,
        measured_subjects.as_of_date,
        count(
            distinct case
                when verification_days.passed_count > 0
                    then verification_days.method
            end
        ) as methods_count,
        sum(verification_days.passed_count) as passed_count,
        sum(verification_days.attempts_count) as attempts_count,
        max(
            case
                when verification_days.passed_count > 0
                    then verification_days.event_date
            end
        ) as passed_date
    from measured_subjects
    inner join verification_days on {{ seen('verification_days') }}
    group by measured_subjects.subject_id, measured_subjects.as_of_date
),

device_sums as (
    select
        measured_subjects.subject_id,
        measured_subjects.as_of_date,
        {{ window_sum('device_days', 'devices_count', 12) }}
            as devices_12m,
        min(device_days.event_date) as first_date
    from measured_subjects
    inner join device_days on {{ seen('device_days') }}
    group by measured_subjects.subject_id, measured_subjects.as_of_date
),

measured as (
    select
        measured_subjects.subject_id,
        measured_subjects.as_of_date,
        verification_sums.methods_count as identity_verified_count,
        {{ ratio('verification_sums.passed_count',
            'verification_sums.attempts_count') }} as verification_passed_ratio,
        {{ whole_months_between('verification_sums.passed_date',
            'measured_subjects.as_of_date') }} as verification_age_months,
        {{ true_ratio(items) }} as profile_completeness_ratio,
        {{ whole_months_between(
            'cast(subjects.registered_at as date)',
            'measured_subjects.as_of_date') }} as account_age_months,
        device_sums.devices_12m as device_count_12m,
        {{ whole_months_between('device_sums.first_date',
            'measured_subjects.as_of_date') }} as device_tenure_months
    from measured_subjects
    inner join subjects on measured_subjects.subject_id = subjects.subject_id
    left join tenures on {{ same_score('tenures') }}
    left join verification_sums on {{ same_score('verification_sums') }}
    left join device_sums on {{ same_score('device_sums') }}
)

select * from measured
