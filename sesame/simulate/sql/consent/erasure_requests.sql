-- Three subjects in a thousand ask to be erased, half of them altogether, in
-- the last two months.
select
    'er' || n::varchar as erasure_request_id,
    subject_id,
    if(
        u(k, 92) < 0.5,
        null,
        pick(u(k, 93), ['marketplace', 'social', 'payments'])
    ) as domain,
    getvariable('end_at') - to_hours(24 + floor(1400 * u(k, 94))::integer)
        as requested_at,
    getvariable('end_at') - to_hours(24 + floor(1400 * u(k, 94))::integer)
        as known_at
from people
qualify
    row_number() over (order by u(k, 91), n)
    <= greatest(1, count(*) over () * 3 // 1000)
