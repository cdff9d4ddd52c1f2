-- grain: one row per client and domain that the bank has facts of
with

clients as (
    select * from source_client
    where excluded_because is null
),

domains as (
    select unnest(['identity', 'payments', 'partners']) as domain
),

-- The bank's first day in the data is 1993-01-01.
grants as (
    select
        'berka:client:' || clients.client_id || ':' || domains.domain
            as consent_event_id,
        'berka:client:' || clients.client_id as subject_id,
        domains.domain,
        'grant' as action,
        'published data set, anonymised by the bank' as lawful_basis,
        timestamp '1900-01-01 00:00:00' as covers_from_at,
        timestamp '1992-12-31 00:00:00' as decided_at,
        timestamp '1992-12-31 00:00:00' as known_at
    from clients
    cross join domains
)

select * from grants
