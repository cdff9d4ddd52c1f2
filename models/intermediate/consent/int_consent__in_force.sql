-- grain: one row per subject, as-of date and domain with consent in force

with

measured_subjects as (
    select * from {{ ref('int_measured_subjects') }}
),

consent_events as (
    select * from {{ ref('stg_consent__consent_events') }}
),

decisions as (
    select
        measured_subjects.subject_id,
        measured_subjects.as_of_date,
        consent_events.domain,
        consent_events.action,
        -- at one moment a withdrawal outweighs a grant
        row_number() over (
            partition by
                measured_subjects.subject_id,
                measured_subjects.as_of_date,
                consent_events.domain
            order by
                consent_events.decided_at desc,
                consent_events.action desc,
                consent_events.known_at desc,
                consent_events.consent_event_id desc
        ) as latest_rank
    from measured_subjects
    inner join consent_events
        on
            measured_subjects.subject_id = consent_events.subject_id
            and measured_subjects.as_of_date
            > cast(consent_events.decided_at as date)
            and measured_subjects.as_of_date
            > cast(consent_events.known_at as date)
),

in_force as (
    select
        subject_id,
        as_of_date,
        domain
    from decisions
    where latest_rank = 1 and action = 'grant'
)

select * from in_force
