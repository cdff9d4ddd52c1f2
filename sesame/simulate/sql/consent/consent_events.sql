with events as (
    select
        *,
        0 as counter,
        'grant' as action,
        decided_at as happened_at
    from grants
    union all
    select
        *,
        1 as counter,
        'withdraw' as action,
        withdrawn_at as happened_at
    from grants
    where withdrawn_at is not null
    union all
    select
        *,
        2 as counter,
        'grant' as action,
        given_again_at as happened_at
    from grants
    where given_again_at is not null
)

select
    'ce' || n::varchar || '.' || position::varchar
    || '.' || counter::varchar as consent_event_id,
    subject_id,
    domain,
    action,
    if(action = 'grant', 'consent', null) as lawful_basis,
    if(counter = 0, covers_from_at, null) as covers_from_at,
    happened_at as decided_at,
    happened_at as known_at
from events
