-- grain: one row per subject, as-of date and domain with consent in force

with

scoring_subjects as (
    select * from {{ ref('int_scoring_subjects') }}
),

consent_events as (
    select * from {{ ref('stg_consent__consent_events') }}
),

decisions as (
    select
        scoring_subjects.subject_id,
        scoring_subjects.as_of_date,
        consent_events.domain,
        consent_events.action,
        -- at one moment a withdrawal outweighs a grant
        row_number() over (
            partition by
                scoring_subjects.subject_id,
                scoring_subjects.as_of_date,
                consent_events.domain
            order by
                consent_events.decided_at desc,
                consent_events.action desc,
                consent_events.known_at desc,
                consent_events.consent_event_id desc
        ) as latest_rank
    from scoring_subjects
    inner join consent_events
        on
            scoring_subjects.subject_id = consent_events.subject_id
            and scoring_subjects.as_of_date
            > cast(consent_events.decided_at as date)
            and scoring_subjects.as_of_date
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
