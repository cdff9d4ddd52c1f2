-- grain: one row per member and domain that the data set feeds

with

domains as (
    select unnest(['identity', 'social']) as domain
)

select
    members.subject_id || ':' || domains.domain as consent_event_id,
    members.subject_id,
    domains.domain,
    'grant' as action,
    'published anonymised data set of public ratings' as lawful_basis,
    period_start() as covers_from_at,
    period_start() as decided_at,
    period_start() as known_at
from members
cross join domains
