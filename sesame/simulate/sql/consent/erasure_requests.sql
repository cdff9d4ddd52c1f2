-- Three subjects in a thousand ask to be erased, half of them altogether, in
-- the last two months: every 331st, so that even a small population has some.
with asked as (
    select
        *,
        getvariable('end_at')
        - to_hours(24 + floor(1400 * u(k, 94))::integer) as requested_at
    from people
    where n % 331 = 7
)

select
    'er' || n::varchar as erasure_request_id,
    subject_id,
    if(
        u(k, 92) < 0.5,
        null,
        pick(u(k, 93), ['marketplace', 'social', 'payments'])
    ) as domain,
    requested_at,
    requested_at as known_at
from asked
where requested_at > registered_at
