-- grain: one row per subject, method, date of the attempt and date known

with

verifications as (
    select * from {{ ref('stg_identity__verification_events') }}
),

days as (
    select
        subject_id,
        method,
        cast(verified_at as date) as event_date,
        cast(known_at as date) as known_date,
        count(*) as attempts_count,
        count(case when is_passed then 1 end) as passed_count
    from verifications
    group by
        subject_id,
        method,
        cast(verified_at as date),
        cast(known_at as date)
)

select * from days
