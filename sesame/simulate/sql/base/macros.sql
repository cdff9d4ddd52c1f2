-- Randomness is a keyed hash and nothing else: what a subject does depends on
-- the seed, the subject, the table and a counter, never on the order in which
-- rows are made. `hash` is applied twice because one pass over several values
-- merely xors them: two tables' draws for one subject would be the same bits.

create macro key_of(what, subject, counter) as
    hash(hash(getvariable('seed'), what, subject, counter));

-- Uniform in (0, 1); never 0, so that its logarithm is finite.
create macro u(k, draw) as
    ((hash(xor(k, draw::ubigint)) >> 11)::double + 0.5) / 9007199254740992.0;

-- Standard normal (Box and Muller); rounded, so that the last bit of a
-- machine's cosine decides nothing.
create macro z(k, draw) as round(
    sqrt(-2 * ln(u(k, draw + 1000))) * cos(2 * pi() * u(k, draw + 2000)), 6
);

-- A count with the given mean and a long tail (rounded exponential).
create macro count_of(x, mean) as
    least(floor(0.5 - ln(x) * mean)::bigint, 40);

create macro logistic(x) as 1 / (1 + exp(-(x)));

create macro money(x) as round(x, 2)::decimal(18, 2);

-- One of a list's elements.
create macro pick(x, choices) as
    choices[1 + floor(x * len(choices))::bigint];

-- A moment in a month, to the second.
create macro in_month(month_at, x) as
    month_at + to_seconds(
        floor(x * 86400 * day(last_day(month_at::date)))::bigint
    );

-- When an event becomes known: in the small hours, the source's usual lag
-- later, and not before the subject has been with the operator for a day.
create macro known(event_at, registered_at) as greatest(
    event_at,
    date_trunc('day', event_at)
    + to_days(getvariable('lag_days')) + interval 4 hour,
    registered_at + interval 1 day
);
