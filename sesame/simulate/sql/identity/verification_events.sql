-- Everyone is asked for papers on registering; the settled prove more.
with attempts as (
    select
        *,
        unnest(if(
            is_consumer,
            ['identity_document', 'phone', 'bank_card', 'face'],
            ['registry', 'phone', 'bank_card', 'identity_document']
        )) as method,
        unnest([0, 1, 2, 3]) as position
    from people
)

select
    've' || n::varchar || '.' || position::varchar as verification_id,
    subject_id,
    method,
    u(k, 121 + position) < 0.95 as is_passed,
    registered_at + to_minutes(5 + position * 3) as verified_at,
    known(registered_at + to_minutes(5 + position * 3), registered_at)
        as known_at
from attempts
where
    position = 0
    or u(k, 126 + position) < logistic(0.6 - 0.4 * position + 0.5 * stability)
