-- grain: one row per user and domain that the data set feeds

with

subjects as (
    select distinct subject_id
    from source_actions
    where excluded_because is null
),

domains as (
    select unnest(['identity', 'marketplace']) as domain
)

select
    subjects.subject_id || ':' || domains.domain as consent_event_id,
    subjects.subject_id,
    domains.domain,
    'grant' as action,
    'anonymised data set published for a competition' as lawful_basis,
    period_start() as covers_from_at,
    period_start() as decided_at,
    period_start() as known_at
from subjects
cross join domains
