-- A bank's summary of one consumer in ten, at the end of a month.
with asked as (
    select
        *,
        unnest(['savings_level', 'checking_account_level', 'housing_level'])
            as attribute_name,
        unnest([0, 1, 2]) as position,
        greatest(getvariable('start_at'), date_trunc('day', registered_at))
        + to_days(30 + floor(150 * u(k, 252))::integer) as reported_at
    from people
    where is_consumer and u(k, 251) < 0.1
)

select
    'rp' || n::varchar || '.' || position::varchar as reported_attribute_id,
    subject_id,
    attribute_name,
    case
        when position = 2
            then pick(u(k, 253), ['rented', 'owned', 'free'])
        when 0.5 * income + 0.5 * reliability + z(k, 254 + position) > 0.8
            then 'high'
        when 0.5 * income + 0.5 * reliability + z(k, 254 + position) > -0.6
            then 'middle'
        else 'low'
    end as category,
    null::decimal(28, 10) as value,
    reported_at,
    reported_at as known_at
from asked
