-- grain: one row per consumer and as-of date

{%- set counts = [
    'identity_verified_count',
    'account_age_months',
    'address_tenure_months',
    'address_changes_count_24m',
    'phone_tenure_months',
    'employment_tenure_months',
    'device_count_12m',
    'verification_age_months',
    'phone_changes_count_24m',
    'employment_changes_count_24m',
    'device_tenure_months',
] %}
{%- set shares = [
    'profile_completeness_ratio',
    'delivery_match_ratio_12m',
    'verification_passed_ratio',
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
    select * from {{ ref('int_measured_subjects') }}
    where subject_kind = 'consumer'
),

profiles as (
    select * from {{ ref('int_identity__profiles') }}
),

tenures as (
    select * from {{ ref('int_identity__tenures') }}
),

orders as (
    select * from {{ ref('int_marketplace__order_windows') }}
),

standings as (
    select * from {{ ref('int_public_records__standing_windows') }}
),

reported_attributes as (
    select * from {{ ref('int_partners__reported_attributes') }}
),

reported as (
    {{ pivot_reported(
        'reported_attributes', counts + shares, categories + derived_categories
    ) }}
),

measured as (
    select
        consumers.subject_id,
        consumers.as_of_date,
        profiles.identity_verified_count,
        profiles.profile_completeness_ratio,
        profiles.account_age_months,
        profiles.device_count_12m,
        profiles.verification_age_months,
        profiles.device_tenure_months,
        profiles.verification_passed_ratio,
        tenures.address_tenure_months,
        tenures.address_changes_count_24m,
        tenures.phone_tenure_months,
        tenures.employment_tenure_months,
        tenures.phone_changes_count_24m,
        tenures.employment_changes_count_24m,
        orders.delivery_match_ratio_12m,
        standings.education_level
    from consumers
    left join profiles on {{ same_score('profiles', 'consumers') }}
    left join tenures on {{ same_score('tenures', 'consumers') }}
    left join orders on {{ same_score('orders', 'consumers') }}
    left join standings on {{ same_score('standings', 'consumers') }}
),

attributes as (
    select
        measured.subject_id,
        measured.as_of_date,
        {{ attribute_columns(
            counts=counts,
            shares=shares,
            categories=categories,
            derived_categories=derived_categories
        ) }}
    from measured
    left join reported on {{ same_score('reported', 'measured') }}
)

select * from attributes
