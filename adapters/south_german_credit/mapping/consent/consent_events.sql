-- grain: one row per applicant and domain that the file has facts of
with

credits as (
    select * from source_credit
    where excluded_because is null
),

domains as (
    select unnest(['identity', 'partners']) as domain
),

grants as (
    select
        credits.subject_id || ':' || domains.domain as consent_event_id,
        credits.subject_id,
        domains.domain,
        'grant' as action,
        'published data set, CC BY 4.0' as lawful_basis,
        timestamp '1900-01-01 00:00:00' as covers_from_at,
        timestamp '1970-01-01 00:00:00' as decided_at,
        timestamp '1970-01-01 00:00:00' as known_at
    from credits
    cross join domains
)

select * from grants
