-- grain: one row per firm and domain that the data set feeds

with

firms as (
    select *
    from source_enterprises
    where excluded_because is null
),

domains as (
    select unnest(['identity', 'payments']) as domain
)

select
    'cumcm_invoices:firm:' || firms.firm_code || ':' || domains.domain
        as consent_event_id,
    'cumcm_invoices:firm:' || firms.firm_code as subject_id,
    domains.domain,
    'grant' as action,
    'data set with masked names published for a competition' as lawful_basis,
    period_start() as covers_from_at,
    period_start() as decided_at,
    period_start() as known_at
from firms
cross join domains
