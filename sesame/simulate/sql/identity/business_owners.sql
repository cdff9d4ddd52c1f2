-- One or two consumers own a firm; the firm's latents do not follow theirs.
with owned as (
    select
        *,
        if(u(k, 151) < 0.7, 1, 2) as owners,
        unnest(range(if(u(k, 151) < 0.7, 1, 2))) as counter
    from people
    where not is_consumer
)

select
    'ow' || owned.n::varchar || '.' || owned.counter::varchar as ownership_id,
    owned.subject_id,
    owners.subject_id as owner_subject_id,
    (1.0 / owned.owners)::decimal(9, 6) as share_ratio,
    owned.founding_date::timestamp as since_at,
    null::timestamp as until_at,
    known(
        owned.founding_date::timestamp,
        greatest(owned.registered_at, owners.registered_at)
    ) as known_at
from owned
inner join everyone as owners
    on
        owners.n = 1 + (
            floor(u(owned.k, 152) * getvariable('consumers'))::bigint
            + owned.counter
        ) % getvariable('consumers')
