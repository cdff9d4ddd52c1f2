-- A first device on registering; the unsettled are seen with many.
with seen as (
    select
        *,
        unnest(range(1 + count_of(u(k, 141), 1.2 * exp(-0.5 * stability))))
            as counter
    from people
    where is_consumer
),

dated as (
    select
        *,
        if(
            counter = 0,
            registered_at,
            registered_at + to_hours(
                24 + floor(24 * 600 * u(k, 142 + counter))::integer
            )
        ) as first_seen_at
    from seen
)

select
    'du' || n::varchar || '.' || counter::varchar as device_use_id,
    subject_id,
    'd' || n::varchar || '.' || counter::varchar as device_id,
    first_seen_at,
    known(first_seen_at, registered_at) as known_at
from dated
