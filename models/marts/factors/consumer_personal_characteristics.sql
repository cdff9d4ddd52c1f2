-- grain: one row per consumer and as-of date

{%- set counts = [
    'identity_verified_count',
    'account_age_months',
    'address_tenure_months',
    'address_changes_count_24m',
    'phone_tenure_months',
    'employment_tenure_months',
    'device_count_12m',
] %}
{%- set shares = [
    'profile_completeness_ratio',
    'delivery_match_ratio_12m',
] %}
{%- set categories = [
    'employment_tenure_level',
    'residence_tenure_level',
    'housing_level',
    'occupation_level',
] %}
{%- set derived_categories = [
    'education_level',
] %}

with

consumers as (
    select * from {{ ref('int_scoring_subjects') }}
    where subject_kind = 'consumer'
),

subjects as (
    select * from {{ ref('stg_identity__subjects') }}
),

verification_days as (
    select * from {{ ref('int_identity__verification_days') }}
),

address_days as (
    select * from {{ ref('int_identity__address_days') }}
),

phone_days as (
    select * from {{ ref('int_identity__phone_days') }}
),

employment_days as (
    select * from {{ ref('int_identity__employment_days') }}
),

device_days as (
    select * from {{ ref('int_identity__device_days') }}
),

order_days as (
    select * from {{ ref('int_marketplace__order_days') }}
),

education_days as (
    select * from {{ ref('int_public_records__education_days') }}
),

education_levels as (
    select * from {{ ref('education_levels') }}
),

reported_attributes as (
    select * from {{ ref('int_partners__reported_attributes') }}
),

reported as (
    {{ pivot_reported('reported_attributes', counts + shares,
        categories + derived_categories) }}
),

registrations as (
    select
        consumers.subject_id,
        consumers.as_of_date,
        cast(subjects.registered_at as date) as registered_date,
        subjects.identity_number_token is not null as has_identity_number,
        subjects.name_token is not null as has_name,
        subjects.birth_date is not null as has_birth_date
    from consumers
    inner join subjects on consumers.subject_id = subjects.subject_id
),

-- Attempts that all failed are a count of zero; no attempt is no value.
verification_sums as (
    select
        consumers.subject_id,
        consumers.as_of_date,
        count(
            distinct case
                when verification_days.passed_count > 0
                    then verification_days.method
            end
        ) as identity_verified_count
    from consumers
    inner join verification_days
        on {{ seen('verification_days') }}
    group by consumers.subject_id, consumers.as_of_date
),

address_sums as (
    select
        consumers.subject_id,
        consumers.as_of_date,
        count(*) as addresses_count,
        max(
            case
                when address_days.address_kind = 'home'
                    then address_days.event_date
            end
        ) as home_date,
        sum(
            case
                when
                    address_days.address_kind = 'home'
                    and {{ in_window('address_days.event_date',
                        'consumers.as_of_date', 24) }}
                    then address_days.addresses_count
                else 0
            end
        ) as homes_24m
    from consumers
    inner join address_days
        on {{ seen('address_days') }}
    group by consumers.subject_id, consumers.as_of_date
),

phone_sums as (
    select
        consumers.subject_id,
        consumers.as_of_date,
        max(phone_days.event_date) as phone_date
    from consumers
    inner join phone_days
        on {{ seen('phone_days') }}
    group by consumers.subject_id, consumers.as_of_date
),

employment_sums as (
    select
        consumers.subject_id,
        consumers.as_of_date,
        max(
            case
                when
                    employment_days.occupation in ('employed', 'self_employed')
                    and (
                        employment_days.ended_date is null
                        or employment_days.ended_date >= consumers.as_of_date
                    )
                    then employment_days.event_date
            end
        ) as employed_date,
        max(
            case
                when
                    employment_days.occupation = 'unemployed'
                    and (
                        employment_days.ended_date is null
                        or employment_days.ended_date >= consumers.as_of_date
                    )
                    then 1
                else 0
            end
        ) = 1 as is_unemployed
    from consumers
    inner join employment_days
        on {{ seen('employment_days') }}
    group by consumers.subject_id, consumers.as_of_date
),

device_sums as (
    select
        consumers.subject_id,
        consumers.as_of_date,
        {{ window_sum('device_days', 'devices_count', 12) }}
            as device_count_12m
    from consumers
    inner join device_days
        on {{ seen('device_days') }}
    group by consumers.subject_id, consumers.as_of_date
),

delivery_sums as (
    select
        consumers.subject_id,
        consumers.as_of_date,
        sum(order_days.addressed_count) as addressed_12m,
        sum(
            case
                when
                    order_days.address_declared_date
                    < consumers.as_of_date
                    then order_days.addressed_count
                else 0
            end
        ) as matched_12m
    from consumers
    inner join order_days
        on {{ seen('order_days', 12) }}
    group by consumers.subject_id, consumers.as_of_date
),

education_ranks as (
    select
        consumers.subject_id,
        consumers.as_of_date,
        max(education_days.level_rank) as level_rank
    from consumers
    inner join education_days
        on {{ seen('education_days') }}
    group by consumers.subject_id, consumers.as_of_date
),

measured as (
    select
        consumers.subject_id,
        consumers.as_of_date,
        verification_sums.identity_verified_count,
        {{ ratio(
            'cast(registrations.has_identity_number as integer)'
            ~ ' + cast(registrations.has_name as integer)'
            ~ ' + cast(registrations.has_birth_date as integer)'
            ~ ' + case when address_sums.subject_id is null then 0 else 1 end'
            ~ ' + case when phone_sums.subject_id is null then 0 else 1 end'
            ~ ' + case when employment_sums.subject_id is null then 0 else 1 end',
            6
        ) }} as profile_completeness_ratio,
        {{ whole_months_between('registrations.registered_date',
            'consumers.as_of_date') }} as account_age_months,
        {{ whole_months_between('address_sums.home_date',
            'consumers.as_of_date') }} as address_tenure_months,
        case
            when address_sums.home_date is not null then address_sums.homes_24m
        end as address_changes_count_24m,
        {{ whole_months_between('phone_sums.phone_date',
            'consumers.as_of_date') }} as phone_tenure_months,
        {{ ratio('delivery_sums.matched_12m', 'delivery_sums.addressed_12m') }}
            as delivery_match_ratio_12m,
        case
            when employment_sums.employed_date is not null
                then {{ whole_months_between('employment_sums.employed_date',
                    'consumers.as_of_date') }}
            when employment_sums.is_unemployed then 0
        end as employment_tenure_months,
        device_sums.device_count_12m,
        education_levels.level as education_level
    from consumers
    left join registrations on {{ same_score('registrations') }}
    left join verification_sums on {{ same_score('verification_sums') }}
    left join address_sums on {{ same_score('address_sums') }}
    left join phone_sums on {{ same_score('phone_sums') }}
    left join employment_sums on {{ same_score('employment_sums') }}
    left join device_sums on {{ same_score('device_sums') }}
    left join delivery_sums on {{ same_score('delivery_sums') }}
    left join education_ranks on {{ same_score('education_ranks') }}
    left join education_levels
        on education_ranks.level_rank = education_levels.level_rank
),

attributes as (
    select
        measured.subject_id,
        measured.as_of_date,
        {{ attribute_columns(counts=counts,
            shares=shares,
            categories=categories,
            derived_categories=derived_categories) }}
    from measured
    left join reported on {{ same_score('reported', 'measured') }}
)

select * from attributes
