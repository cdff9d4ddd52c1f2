-- grain: one row per consumer of the cohort
-- How long somebody stays: at an address, with a number, in a job. Gender and
-- marital status are for audits only and not read.
with subject_facts as (
    select
        subject_id,
        date_diff('day', birth_date, getvariable('as_of')) as age_days,
        date_diff('day', registered_at, getvariable('as_of')) as account_days
    from subjects
),

address_facts as (
    select
        subject_id,
        count(*) as addresses,
        count(*) filter (
            where valid_from_at >= getvariable('as_of') - interval 24 month
        ) as recent_addresses,
        date_diff('day', max(valid_from_at), getvariable('as_of'))
            as newest_days,
        date_diff('day', min(valid_from_at), getvariable('as_of'))
            as oldest_days,
        date_diff('day', min(valid_from_at), max(valid_from_at))
        / nullif(count(*) - 1, 0) as stay_days
    from addresses
    group by subject_id
),

phone_facts as (
    select
        subject_id,
        count(*) as phones,
        count(*) filter (
            where valid_from_at >= getvariable('as_of') - interval 24 month
        ) as recent_phones,
        date_diff('day', max(valid_from_at), getvariable('as_of'))
            as newest_days,
        date_diff('day', min(valid_from_at), getvariable('as_of'))
            as oldest_days
    from phones
    group by subject_id
),

verification_facts as (
    select
        subject_id,
        count(distinct method) filter (where is_passed) as methods,
        count(*) filter (where not is_passed) as failures
    from verification_events
    group by subject_id
),

employment_facts as (
    select
        subject_id,
        count(*) as employments,
        count(*) filter (
            where started_at >= getvariable('as_of') - interval 24 month
        ) as recent_employments,
        date_diff('day', max(started_at), getvariable('as_of')) as newest_days,
        date_diff('day', min(started_at), getvariable('as_of')) as oldest_days,
        median(date_diff(
            'day', started_at, coalesce(ended_at, getvariable('as_of'))
        )) as employment_days,
        max_by(occupation, row(started_at, employment_id)) = 'employed'
            as is_employed,
        max_by(occupation, row(started_at, employment_id)) = 'unemployed'
            as is_unemployed
    from employment
    group by subject_id
),

device_facts as (
    select
        subject_id,
        count(*) as devices,
        count(*) filter (
            where first_seen_at >= getvariable('as_of') - interval 12 month
        ) as recent_devices,
        date_diff('day', max(first_seen_at), getvariable('as_of'))
            as newest_days
    from devices
    group by subject_id
),

education_facts as (
    select
        subject_id,
        max(list_position(
            [
                'primary', 'secondary', 'vocational', 'bachelor', 'master',
                'doctorate'
            ],
            level
        )) as education_level
    from education
    group by subject_id
)

select
    cohort.subject_id,
    subject_facts.age_days,
    subject_facts.account_days,
    coalesce(address_facts.addresses, 0) as addresses,
    address_facts.recent_addresses,
    address_facts.newest_days as newest_address_days,
    address_facts.oldest_days as oldest_address_days,
    address_facts.stay_days,
    coalesce(phone_facts.phones, 0) as phones,
    phone_facts.recent_phones,
    phone_facts.newest_days as newest_phone_days,
    phone_facts.oldest_days as oldest_phone_days,
    coalesce(verification_facts.methods, 0) as verified_methods,
    coalesce(verification_facts.failures, 0) as verification_failures,
    employment_facts.employments,
    employment_facts.recent_employments,
    employment_facts.newest_days as newest_employment_days,
    employment_facts.oldest_days as oldest_employment_days,
    employment_facts.employment_days,
    employment_facts.is_employed,
    employment_facts.is_unemployed,
    coalesce(device_facts.devices, 0) as devices,
    coalesce(device_facts.recent_devices, 0) as recent_devices,
    device_facts.newest_days as newest_device_days,
    device_facts.devices / subject_facts.account_days as device_rate,
    education_facts.education_level
from cohort
left join subject_facts on cohort.subject_id = subject_facts.subject_id
left join address_facts on cohort.subject_id = address_facts.subject_id
left join phone_facts on cohort.subject_id = phone_facts.subject_id
left join verification_facts
    on cohort.subject_id = verification_facts.subject_id
left join employment_facts on cohort.subject_id = employment_facts.subject_id
left join device_facts on cohort.subject_id = device_facts.subject_id
left join education_facts on cohort.subject_id = education_facts.subject_id
