-- The work on registering, and what became of those who lost it: out of work,
-- then back in it some months later.
with periods as (
    select
        n,
        subject_id,
        k,
        registered_at,
        is_formal,
        0 as position,
        if(is_formal, 'employed', pick(
            u(k, 134),
            [
                'self_employed', 'self_employed', 'student', 'retired',
                'unemployed', 'other'
            ]
        )) as occupation,
        greatest(
            birth_date + interval 16 year,
            registered_at - to_days(floor(
                -ln(u(k, 132)) * 1100 * exp(0.8 * stability)
            )::integer)
        ) as started_at
    from people
    where is_consumer and u(k, 131) < 0.85
    union all
    select
        life.n,
        life.subject_id,
        life.k,
        life.registered_at,
        life.is_formal,
        life.month_number * 2 + steps.step as position,
        if(steps.step = 0, 'unemployed', 'employed') as occupation,
        in_month(life.month_at, u(life.mk, 25)) + to_days(if(
            steps.step = 0, 0, 60 + floor(240 * u(life.mk, 26))::integer
        )) as started_at
    from life
    cross join (values (0), (1)) as steps (step)
    where
        life.is_consumer
        and life.is_formal
        and life.is_jobless_now
        and in_month(life.month_at, u(life.mk, 25)) > life.registered_at
)

select
    'em' || n::varchar || '.' || position::varchar as employment_id,
    subject_id,
    if(
        occupation = 'employed',
        '虚构雇主' || (
            1 + floor(300 * pow(u(k, 133 + position), 2))
        )::integer::varchar,
        null
    ) as employer,
    occupation,
    started_at,
    null::timestamp as ended_at,
    known(started_at, registered_at) as known_at
from periods
