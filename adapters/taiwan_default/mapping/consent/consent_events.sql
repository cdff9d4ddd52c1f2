-- grain: one row per client and domain that the file has facts of
with

clients as (
    select * from source_clients
    where excluded_because is null
),

-- Education is a fact of public records, though reported by the bank.
domains as (
    select
        unnest(['identity', 'payments', 'public_records', 'partners'])
            as domain
),

grants as (
    select
        'taiwan_default:client:' || clients.client_id || ':' || domains.domain
            as consent_event_id,
        'taiwan_default:client:' || clients.client_id as subject_id,
        domains.domain,
        'grant' as action,
        'published data set, CC BY 4.0' as lawful_basis,
        timestamp '1900-01-01 00:00:00' as covers_from_at,
        timestamp '2005-01-01 00:00:00' as decided_at,
        timestamp '2005-01-01 00:00:00' as known_at
    from clients
    cross join domains
)

select * from grants
