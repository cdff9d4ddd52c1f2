-- Who allowed what, and when. Most allow everything on registering and open
-- their past; 3 % withhold one domain, 2 % allow anything but identity only
-- months later, 2 % withdraw one domain, half of them to give it again, 2 %
-- open nothing that lies behind.
create table grants as
with domains as (
    select
        unnest(range(6)) as position,
        unnest([
            'identity', 'marketplace', 'payments', 'public_records',
            'social', 'partners'
        ]) as domain
),

choices as (
    select
        people.n,
        people.subject_id,
        domains.domain,
        domains.position,
        people.registered_at,
        u(people.k, 11) as draw,
        people.k,
        domains.position = 1 + floor(5 * u(people.k, 12)) as is_chosen
    from people
    cross join domains
),

dated as (
    select
        *,
        if(
            draw between 0.03 and 0.05 and position > 0,
            registered_at + to_days(90 + floor(300 * u(k, 13))::integer),
            registered_at
        ) as decided_at,
        if(
            draw between 0.03 and 0.05 or draw between 0.07 and 0.09,
            null,
            timestamp '1900-01-01'
        ) as covers_from_at,
        if(
            draw between 0.05 and 0.07 and is_chosen,
            greatest(registered_at, getvariable('start_at'))
            + to_days(60 + floor(400 * u(k, 14))::integer),
            null
        ) as withdrawn_at
    from choices
    where not (draw < 0.03 and is_chosen)
)

select
    *,
    if(
        u(k, 15) < 0.5,
        withdrawn_at + to_days(30 + floor(200 * u(k, 16))::integer),
        null
    ) as given_again_at
from dated;
