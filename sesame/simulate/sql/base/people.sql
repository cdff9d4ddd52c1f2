-- The latents, one row per subject. Standard normal, with the dependence that
-- studies of credit find: the better off and the settled pay more reliably.
create table people as
with numbered as (
    select
        range as n,
        range <= getvariable('consumers') as is_consumer,
        key_of('people', range, 0) as k
    from range(
        1, getvariable('consumers') + getvariable('businesses') + 1
    )
),

drawn as (
    select
        n,
        k,
        is_consumer,
        if(is_consumer, 'consumer', 'business') as kind,
        if(is_consumer, 'c', 'b') || lpad(n::varchar, 7, '0') as subject_id,
        z(k, 1) as reliability,
        round(0.35 * z(k, 1) + 0.94 * z(k, 2), 6) as income,
        z(k, 3) as activity,
        round(0.3 * z(k, 1) + 0.95 * z(k, 4), 6) as stability,
        -- Two in three were there before the first month; the others join
        -- during the first two thirds of the time.
        if(
            u(k, 5) < 0.66,
            getvariable('start_at') - to_seconds(
                floor(86400 * (10 + 1500 * u(k, 6)))::bigint
            ),
            getvariable('start_at') + to_seconds(
                floor(
                    86400 * 30 * getvariable('months') * 0.66 * u(k, 6)
                )::bigint
            )
        ) as registered_at
    from numbered
)

select
    *,
    -- Median monthly income 6,500 yuan; a small firm's sales 60,000.
    money(
        if(is_consumer, 6500, 60000)
        * exp(if(is_consumer, 0.55, 0.9) * income)
    ) as monthly_income,
    -- Thin files: some 320 million of 1.3 billion had a record at China's
    -- central bank in 2014, so about a quarter of consumers has any credit.
    u(k, 7) < if(
        is_consumer,
        logistic(-1.15 + 0.4 * income + 0.2 * stability),
        0.5
    ) as has_credit,
    u(k, 8) < if(is_consumer, logistic(0.7 + 0.3 * stability), 0) as is_formal,
    date '2004-01-01' - floor(
        365 * 50 * u(k, 9) * u(k, 10)
    )::integer as birth_date,
    date '2022-06-01' - floor(
        365 * (1 + 9 * u(k, 9) * exp(0.4 * stability))
    )::integer as founding_date,
    -- How a subject handles consent; see base/grants.sql.
    u(k, 11) as consent_draw
from drawn;
