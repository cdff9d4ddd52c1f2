-- grain: one row per business and as-of date

{%- set counts = [
    'firm_registration_age_months',
    'firm_licence_count',
    'firm_register_changes_count_24m',
    'firm_penalty_count',
    'firm_identity_verified_count',
    'firm_owner_count',
    'firm_verification_age_months',
] %}
{%- set measures = [
    'firm_capital_amount',
] %}

with

businesses as (
    select * from {{ ref('int_measured_subjects') }}
    where subject_kind = 'business'
),

registers as (
    select * from {{ ref('int_business__register_windows') }}
),

profiles as (
    select * from {{ ref('int_identity__profiles') }}
),

negatives as (
    select * from {{ ref('int_public_records__negatives') }}
),

reported_attributes as (
    select * from {{ ref('int_partners__reported_attributes') }}
),

reported as (
    {{ pivot_reported(
        'reported_attributes', counts + measures
    ) }}
),

measured as (
    select
        businesses.subject_id,
        businesses.as_of_date,
        registers.firm_registration_age_months,
        registers.firm_licence_count,
        registers.firm_register_changes_count_24m,
        registers.firm_capital_amount,
        registers.firm_owner_count,
        profiles.identity_verified_count as firm_identity_verified_count,
        profiles.verification_age_months as firm_verification_age_months,
        negatives.administrative_penalties_count as firm_penalty_count
    from businesses
    left join registers on {{ same_score('registers', 'businesses') }}
    left join profiles on {{ same_score('profiles', 'businesses') }}
    left join negatives on {{ same_score('negatives', 'businesses') }}
),

attributes as (
    select
        measured.subject_id,
        measured.as_of_date,
        {{ attribute_columns(
            counts=counts,
            measures=measures
        ) }}
    from measured
    left join reported on {{ same_score('reported', 'measured') }}
)

select * from attributes
