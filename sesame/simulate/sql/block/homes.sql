-- Addresses lived or traded at: the one on registering, for some the one
-- before, and each that a later move led to. Those who are settled stay.
create table homes as
with stays as (
    select
        *,
        floor(-ln(u(k, 21)) * 1500 * exp(0.8 * stability))::integer
        + 1 as stay_days,
        floor(-ln(u(k, 22)) * 1200)::integer + 1 as earlier_stay_days
    from people
),

periods as (
    select
        n,
        0 as position,
        registered_at - to_days(stay_days) as valid_from_at,
        null::timestamp as valid_until_at
    from stays
    union all
    select
        n,
        1 as position,
        registered_at - to_days(stay_days + earlier_stay_days) as valid_from_at,
        registered_at - to_days(stay_days) as valid_until_at
    from stays
    where stay_days < 1500
    union all
    select
        n,
        month_number as position,
        in_month(month_at, u(mk, 21)) as valid_from_at,
        null as valid_until_at
    from life
    where
        u(mk, 22) < exp(-4.5 - 0.9 * stability + 0.5 * distress)
        and in_month(month_at, u(mk, 21)) > registered_at
)

select
    people.n,
    people.subject_id,
    people.kind,
    people.registered_at,
    periods.position,
    periods.valid_from_at,
    periods.valid_until_at,
    -- No such towns: nobody may be met at one of these addresses.
    if(
        people.k % 10 < 6,
        '虚构市样例区' || pick(
            u(people.k, 23 + periods.position),
            ['无名路', '空想大街', '示例巷', '假设里']
        ) || (people.n % 99989 * 7 + periods.position)::varchar || '号',
        (people.n % 99989 * 7 + periods.position)::varchar || ' ' || pick(
            u(people.k, 23 + periods.position),
            ['Nowhere Street', 'Place de l''Exemple', 'Straße der Muster']
        ) || ', Sampletown'
    ) as address
from periods
inner join people on periods.n = people.n;
