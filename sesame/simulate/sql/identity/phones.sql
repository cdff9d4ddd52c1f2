-- Unassigned country code 999: no phone rings. The less settled change numbers,
-- and some who are in trouble do.
with changes as (
    select
        n,
        subject_id,
        registered_at,
        0 as position,
        registered_at - to_days(least(
            4000, floor(-ln(u(k, 112)) * 900 * exp(0.8 * stability))
        )::integer) as valid_from_at
    from people
    union all
    select
        n,
        subject_id,
        registered_at,
        month_number as position,
        in_month(month_at, u(mk, 23)) as valid_from_at
    from life
    where
        u(mk, 24) < exp(-4.9 - 0.9 * stability + 0.5 * distress)
        and in_month(month_at, u(mk, 23)) > registered_at
)

select
    'ph' || n::varchar || '.' || position::varchar as phone_id,
    subject_id,
    '+999 ' || lpad((n * 100000 + position)::varchar, 14, '0') as phone,
    valid_from_at,
    null::timestamp as valid_until_at,
    known(valid_from_at, registered_at) as known_at
from changes
