-- grain: one row per user

with

actions as (
    select *
    from source_actions
    where excluded_because is null
)

select distinct
    subject_id,
    'consumer' as kind,
    'CN' as country,
    period_start() as registered_at,
    period_start() as known_at
from actions
