-- Unassigned country code 999: no phone rings. The less settled change numbers.
with numbers as (
    select
        *,
        unnest([0, 1]) as position
    from people
),

dated as (
    select
        *,
        if(
            position = 0,
            registered_at - to_days(least(
                4000, floor(-ln(u(k, 112)) * 900 * exp(0.4 * stability))
            )::integer),
            registered_at + to_days(20 + floor(500 * u(k, 113))::integer)
        ) as valid_from_at
    from numbers
    where position = 0 or u(k, 114) < logistic(-1.6 - 0.7 * stability)
)

select
    'ph' || n::varchar || '.' || position::varchar as phone_id,
    subject_id,
    '+999 ' || lpad((n * 2 + position)::varchar, 10, '0') as phone,
    valid_from_at,
    null::timestamp as valid_until_at,
    known(valid_from_at, registered_at) as known_at
from dated
