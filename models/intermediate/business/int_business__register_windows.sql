-- grain: one row per business and as-of date

with

measured_subjects as (
    select * from {{ ref('int_measured_subjects') }}
    where subject_kind = 'business'
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

-- One entry of any kind proves that the register was read, so that no licence
-- and no change are findings of 0; without any entry nothing is known.
entries as (
    select
        measured_subjects.subject_id,
        measured_subjects.as_of_date,
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
                    and {{ in_window('register_days.event_date',
                        'measured_subjects.as_of_date', 24) }}
                    then register_days.entries_count
                else 0
            end
        ) as changes_24m
    from measured_subjects
    inner join register_days on {{ seen('register_days') }}
    group by measured_subjects.subject_id, measured_subjects.as_of_date
),

capitals as (
    select
        measured_subjects.subject_id,
        measured_subjects.as_of_date,
        capital_days.capital_reference_amount,
        row_number() over (
            partition by
                measured_subjects.subject_id, measured_subjects.as_of_date
            order by
                capital_days.effective_at desc, capital_days.known_date desc
        ) as latest_rank
    from measured_subjects
    inner join capital_days on {{ seen('capital_days') }}
),

-- Of one ownership the latest report known by then decides whether it lasts.
ownerships as (
    select
        measured_subjects.subject_id,
        measured_subjects.as_of_date,
        owner_days.owner_subject_id,
        owner_days.until_date,
        row_number() over (
            partition by
                measured_subjects.subject_id,
                measured_subjects.as_of_date,
                owner_days.owner_subject_id,
                owner_days.event_date
            order by owner_days.known_date desc
        ) as latest_rank
    from measured_subjects
    inner join owner_days on {{ seen('owner_days') }}
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

measured as (
    select
        measured_subjects.subject_id,
        measured_subjects.as_of_date,
        {{ whole_months_between('entries.first_entry_date',
            'measured_subjects.as_of_date') }} as firm_registration_age_months,
        entries.licence_count as firm_licence_count,
        entries.changes_24m as firm_register_changes_count_24m,
        capitals.capital_reference_amount as firm_capital_amount,
        owners.owners_count as firm_owner_count
    from measured_subjects
    left join entries on {{ same_score('entries') }}
    left join capitals
        on {{ same_score('capitals') }} and capitals.latest_rank = 1
    left join owners on {{ same_score('owners') }}
)

select * from measured
