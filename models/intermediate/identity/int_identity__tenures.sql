-- grain: one row per subject and as-of date

with

measured_subjects as (
    select * from {{ ref('int_measured_subjects') }}
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

address_sums as (
    select
        measured_subjects.subject_id,
        measured_subjects.as_of_date,
        max(
            case
                when address_days.address_kind = 'home'
                    then address_days.event_date
            end
        ) as home_date,
        sum(
            case
                when address_days.address_kind <> 'home' then 0
                else {{ window_value('address_days', 'addresses_count', 24) }}
            end
        ) as homes_24m
    from measured_subjects
    inner join address_days on {{ seen('address_days') }}
    group by measured_subjects.subject_id, measured_subjects.as_of_date
),

phone_sums as (
    select
        measured_subjects.subject_id,
        measured_subjects.as_of_date,
        max(phone_days.event_date) as phone_date,
        {{ window_sum('phone_days', 'phones_count', 24) }} as phones_24m
    from measured_subjects
    inner join phone_days on {{ seen('phone_days') }}
    group by measured_subjects.subject_id, measured_subjects.as_of_date
),

employment_sums as (
    select
        measured_subjects.subject_id,
        measured_subjects.as_of_date,
        max(
            case
                when
                    employment_days.occupation
                    in ('employed', 'self_employed')
                    and (
                        employment_days.ended_date is null
                        or employment_days.ended_date
                        >= measured_subjects.as_of_date
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
                        or employment_days.ended_date
                        >= measured_subjects.as_of_date
                    )
                    then 1
                else 0
            end
        ) as is_unemployed,
        {{ window_sum('employment_days', 'periods_count', 24) }} as periods_24m
    from measured_subjects
    inner join employment_days on {{ seen('employment_days') }}
    group by measured_subjects.subject_id, measured_subjects.as_of_date
),

measured as (
    select
        measured_subjects.subject_id,
        measured_subjects.as_of_date,
        address_sums.subject_id is not null as has_address,
        phone_sums.subject_id is not null as has_phone,
        employment_sums.subject_id is not null as has_employment,
        {{ whole_months_between('address_sums.home_date',
            'measured_subjects.as_of_date') }} as address_tenure_months,
        case
            when address_sums.home_date is not null
                then coalesce(address_sums.homes_24m, 0)
        end as address_changes_count_24m,
        {{ whole_months_between('phone_sums.phone_date',
            'measured_subjects.as_of_date') }} as phone_tenure_months,
        phone_sums.phones_24m as phone_changes_count_24m,
        case
            when employment_sums.employed_date is not null
                then {{ whole_months_between('employment_sums.employed_date',
                    'measured_subjects.as_of_date') }}
            when employment_sums.is_unemployed = 1 then 0
        end as employment_tenure_months,
        employment_sums.periods_24m as employment_changes_count_24m
    from measured_subjects
    left join address_sums on {{ same_score('address_sums') }}
    left join phone_sums on {{ same_score('phone_sums') }}
    left join employment_sums on {{ same_score('employment_sums') }}
)

select * from measured
