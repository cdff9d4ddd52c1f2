-- grain: one row per subject and domain that the data set feeds

with

subjects as (
    select distinct 'online_retail:customer:' || customer_number as subject_id
    from source_lines
    where excluded_because is null
    union all
    select 'online_retail:shop' as subject_id
),

domains as (
    select unnest(['identity', 'marketplace']) as domain
)

select
    subjects.subject_id || ':' || domains.domain as consent_event_id,
    subjects.subject_id,
    domains.domain,
    'grant' as action,
    'published anonymised data set, CC BY 4.0' as lawful_basis,
    period_start() as covers_from_at,
    period_start() as decided_at,
    period_start() as known_at
from subjects
cross join domains
