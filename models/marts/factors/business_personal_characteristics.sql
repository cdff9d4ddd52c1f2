-- grain: one row per business and as-of date

{%- set counts = [
    'firm_registration_age_months',
    'firm_licence_count',
    'firm_register_changes_count_24m',
    'firm_penalty_count',
    'firm_identity_verified_count',
    'firm_owner_count',
] %}
{%- set measures = [
    'firm_capital_amount',
] %}

with

businesses as (
    select * from {{ ref('int_scoring_subjects') }}
    where subject_kind = 'business'
),

reported_attributes as (
    select * from {{ ref('int_partners__reported_attributes') }}
),

register_days as (
    select * from {{ ref('int_business__register_days') }}
),

capital_days as (
    select * from {{ ref('int_business__capital_days') }}
),

owner_days as (
    select * from {{ ref('int_business__owner_days') }}
),

verification_days as (
    select * from {{ ref('int_identity__verification_days') }}
),

negatives as (
    select * from {{ ref('int_public_records__negatives') }}
),

-- One entry of any kind proves that the register was read, so that no licence
-- and no change are findings of 0; without any entry nothing is known.
entries as (
    select
        businesses.subject_id,
        businesses.as_of_date,
        min(register_days.event_date) as first_entry_date,
        sum(
            case
                when register_days.kind = 'licence_granted'
                    then register_days.entries_count
                else 0
            end
        ) as licence_count,
        sum(
            case
                when
                    register_days.kind in ('address_changed', 'owner_changed')
                    and {{ in_window(
                        'register_days.event_date',
                        'businesses.as_of_date',
                        24
                    ) }}
                    then register_days.entries_count
                else 0
            end
        ) as changes_count
    from businesses
    inner join register_days
        on
            businesses.subject_id = register_days.subject_id
            and {{ known_before('register_days', 'businesses') }}
    group by businesses.subject_id, businesses.as_of_date
),

capitals as (
    select
        businesses.subject_id,
        businesses.as_of_date,
        capital_days.capital_reference_amount,
        row_number() over (
            partition by
                businesses.subject_id, businesses.as_of_date
            order by capital_days.event_date desc, capital_days.known_date desc
        ) as latest_rank
    from businesses
    inner join capital_days
        on
            businesses.subject_id = capital_days.subject_id
            and {{ known_before('capital_days', 'businesses') }}
),

-- Of one ownership the latest report known by then decides whether it lasts.
ownerships as (
    select
        businesses.subject_id,
        businesses.as_of_date,
        owner_days.owner_subject_id,
        owner_days.until_date,
        row_number() over (
            partition by
                businesses.subject_id,
                businesses.as_of_date,
                owner_days.owner_subject_id,
                owner_days.event_date
            order by owner_days.known_date desc
        ) as latest_rank
    from businesses
    inner join owner_days
        on
            businesses.subject_id = owner_days.subject_id
            and {{ known_before('owner_days', 'businesses') }}
),

owners as (
    select
        subject_id,
        as_of_date,
        count(
            distinct case
                when until_date is null or as_of_date <= until_date
                    then owner_subject_id
            end
        ) as owners_count
    from ownerships
    where latest_rank = 1
    group by subject_id, as_of_date
),

verifications as (
    select
        businesses.subject_id,
        businesses.as_of_date,
        count(
            distinct case
                when verification_days.passed_count > 0
                    then verification_days.method
            end
        ) as methods_count
    from businesses
    inner join verification_days
        on
            businesses.subject_id = verification_days.subject_id
            and {{ known_before('verification_days', 'businesses') }}
    group by businesses.subject_id, businesses.as_of_date
),

measured as (
    select
        businesses.subject_id,
        businesses.as_of_date,
        {{ whole_months_between(
            'entries.first_entry_date', 'businesses.as_of_date'
        ) }} as firm_registration_age_months,
        entries.licence_count as firm_licence_count,
        capitals.capital_reference_amount as firm_capital_amount,
        entries.changes_count as firm_register_changes_count_24m,
        negatives.administrative_penalties_count as firm_penalty_count,
        verifications.methods_count as firm_identity_verified_count,
        owners.owners_count as firm_owner_count
    from businesses
    left join entries
        on
            businesses.subject_id = entries.subject_id
            and businesses.as_of_date = entries.as_of_date
    left join capitals
        on
            businesses.subject_id = capitals.subject_id
            and businesses.as_of_date = capitals.as_of_date
            and capitals.latest_rank = 1
    left join owners
        on
            businesses.subject_id = owners.subject_id
            and businesses.as_of_date = owners.as_of_date
    left join verifications
        on
            businesses.subject_id = verifications.subject_id
            and businesses.as_of_date = verifications.as_of_date
    left join negatives
        on
            businesses.subject_id = negatives.subject_id
            and businesses.as_of_date = negatives.as_of_date
),

reported as (
    {{ pivot_reported(
        'reported_attributes', numeric=counts + measures
    ) }}
),

attributes as (
    select
        measured.subject_id,
        measured.as_of_date,
        {{ attribute_columns(
            counts=counts, measures=measures
        ) }}
    from measured
    left join reported
        on
            measured.subject_id = reported.subject_id
            and measured.as_of_date = reported.as_of_date
)

select * from attributes
