-- grain: one row per member who rated or was rated

select
    subject_id,
    'consumer' as kind,
    period_start() as registered_at,
    period_start() as known_at
from members
