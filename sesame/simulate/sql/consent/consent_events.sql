select
    'ce' || n::varchar || '.' || position::varchar || '.0' as consent_event_id,
    subject_id,
    domain,
    'grant' as action,
    'consent' as lawful_basis,
    covers_from_at,
    decided_at,
    decided_at as known_at
from grants
union all
select
    'ce' || n::varchar || '.' || position::varchar || '.1',
    subject_id,
    domain,
    'withdraw',
    null,
    null,
    withdrawn_at,
    withdrawn_at
from grants
where withdrawn_at is not null
