-- Randomness is a keyed hash and nothing else: what a subject does depends on
-- the seed, the subject, the table and a counter, never on the order in which
-- rows are made. `hash` is applied twice because one pass over several values
-- merely xors them: two tables' draws for one subject would be the same bits.

create macro key_of(what, subject, counter) as (
    hash(hash(getvariable('seed'), what, subject, counter))
);

-- Uniform in (0, 1); never 0, so that its logarithm is finite.
create macro u(k, draw) as (
    ((hash(xor(k, draw::ubigint)) >> 11)::double + 0.5) / 9007199254740992.0
);

-- Standard normal (Box and Muller); rounded, so that the last bit of a
-- machine's cosine decides nothing.
create macro z(k, draw) as round(
    sqrt(-2 * ln(u(k, draw + 1000))) * cos(2 * pi() * u(k, draw + 2000)), 6
);

-- A count with the given mean and a long tail (rounded exponential).
create macro count_of(x, mean) as (
    least(floor(0.5 - ln(x) * mean)::bigint, 60)
);

create macro logistic(x) as 1 / (1 + exp(-(x)));

create macro money(x) as round(x, 2)::decimal(18, 2);

-- One of a list's elements.
create macro pick(x, choices) as (
    choices[1 + floor(x * len(choices))::bigint]
);

create macro month_number_of(moment) as (
    (year(moment) * 12 + month(moment) - 1)::integer
);

-- A moment in a month, to the second.
create macro in_month(month_at, x) as (
    month_at + to_seconds(
        floor(x * 86400 * day(last_day(month_at::date)))::bigint
    )
);

-- When an event becomes known: in the small hours, the source's usual lag
-- later, and not before the subject has been with the operator for a day.
create macro known(event_at, registered_at) as greatest(
    event_at,
    date_trunc('day', event_at)
    + to_days(getvariable('lag_days')) + interval 4 hour,
    registered_at + interval 1 day
);

-- Whether what happens in a month can be delivered in the days asked for: it is
-- known `delay_months` after the month at the latest. A day's delivery makes
-- only the months that can reach it.
create macro reaches(month_at, delay_months) as (
    month_at < getvariable('until_at')
    and month_at + to_months(delay_months + 1) >= getvariable('reach_from_at')
);

-- A standard normal of which a given constant is the loading on another.
create macro blend(other, own, loading) as round(
    getvariable(loading) * other
    + sqrt(1 - pow(getvariable(loading), 2)) * own, 6
);

-- Whether a buyer comes upon a shop: one open less than 18 months is known to
-- some only.
create macro is_found(opened_month, closed_month, month_number, x) as (
    month_number >= opened_month
    and month_number < coalesce(closed_month, 100000)
    and x < 0.3 + 0.7 * (month_number - opened_month) / 18
);

-- The partition of a delivery: its month, or all that was known before the
-- first one.
create macro delivery_month(delivered_at) as if(
    delivered_at < getvariable('start_at'),
    'before-' || strftime(getvariable('start_at'), '%Y-%m'),
    strftime(delivered_at, '%Y-%m')
);

-- Whether a row arrives in the days asked for.
create macro is_delivered(delivered_at) as (
    delivered_at >= getvariable('from_at')
    and delivered_at < getvariable('until_at')
);
