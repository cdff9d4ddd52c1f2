with started as (
    select
        *,
        greatest(
            birth_date + interval 16 year,
            registered_at - to_days(floor(
                -ln(u(k, 132)) * 1100 * exp(0.5 * stability)
            )::integer)
        ) as started_at
    from people
    where is_consumer and u(k, 131) < 0.85
)

select
    'em' || n::varchar as employment_id,
    subject_id,
    if(
        is_formal,
        '虚构雇主' || (1 + floor(300 * pow(u(k, 133), 2)))::integer::varchar,
        null
    ) as employer,
    if(
        is_formal,
        'employed',
        pick(
            u(k, 134),
            ['self_employed', 'self_employed', 'student', 'retired',
             'unemployed', 'other']
        )
    ) as occupation,
    started_at,
    null::timestamp as ended_at,
    known(started_at, registered_at) as known_at
from started
