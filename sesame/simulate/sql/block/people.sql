-- The latents, one row per subject of the block. Each is standard normal over
-- the population; what depends on what, how much and why: constants.csv.
create table people as
with numbered as (
    select
        range as n,
        range as ordinal,
        true as is_consumer
    from range(getvariable('first_consumer'), getvariable('last_consumer') + 1)
    union all
    -- Firms are numbered apart, so that a subject is the same at any scale.
    select
        100000000 + range as n,
        range as ordinal,
        false as is_consumer
    from range(getvariable('first_business'), getvariable('last_business') + 1)
),

keyed as (
    select
        *,
        key_of('people', n, 0) as k,
        -- Some thirty who live near one another and keep company.
        key_of('communities', (n - 1) // 30, 0) as k_community
    from numbered
),

independent as (
    select
        *,
        blend(z(k_community, 1), z(k, 1), 'load_reliability_community')
            as reliability,
        blend(z(k_community, 2), z(k, 2), 'load_position_community')
            as social_position
    from keyed
),

latents as (
    select
        *,
        round(
            getvariable('load_income_reliability') * reliability
            + getvariable('load_income_position') * social_position
            + sqrt(
                1 - pow(getvariable('load_income_reliability'), 2)
                - pow(getvariable('load_income_position'), 2)
            ) * z(k, 3), 6
        ) as income
    from independent
),

settled as (
    select
        *,
        round(
            getvariable('load_stability_reliability') * reliability
            + getvariable('load_stability_income') * income
            + sqrt(
                1 - pow(getvariable('load_stability_reliability'), 2)
                - pow(getvariable('load_stability_income'), 2)
                - 2 * getvariable('load_stability_reliability')
                * getvariable('load_stability_income')
                * getvariable('load_income_reliability')
            ) * z(k, 4), 6
        ) as stability
    from latents
),

active as (
    select
        *,
        blend(stability, z(k, 5), 'load_activity_stability') as activity,
        blend(stability, z(k, 6), 'load_volatility_stability')
            as income_volatility
    from settled
),

registered as (
    select
        *,
        if(
            u(k, 5) < getvariable('joined_before_share'),
            getvariable('start_at') - to_seconds(
                floor(86400 * (10 + 1500 * u(k, 6)))::bigint
            ),
            -- The others join during the first two thirds of the time.
            getvariable('start_at') + to_seconds(
                floor(
                    86400 * 30 * getvariable('months') * 0.66 * u(k, 6)
                )::bigint
            )
        ) as registered_at
    from active
)

select
    n,
    k,
    if(is_consumer, 'c', 'b') || lpad(ordinal::varchar, 8, '0') as subject_id,
    is_consumer,
    if(is_consumer, 'consumer', 'business') as kind,
    (n - 1) // 30 as community,
    -- The first seat of a community is its centre (block/ties.sql).
    row_number() over (
        partition by is_consumer, (n - 1) // 30
        order by social_position + 0.5 * z(k, 9) desc, n
    ) - 1 as seat,
    reliability,
    income,
    income_volatility,
    activity,
    stability,
    social_position,
    -- How often trouble strikes: quintiles of stability, 4 the least stable.
    case
        when stability > 0.8416 then 0
        when stability > 0.2533 then 1
        when stability > -0.2533 then 2
        when stability > -0.8416 then 3
        else 4
    end as exposure,
    money(if(
        is_consumer,
        getvariable('median_income_amount') * exp(0.55 * income),
        getvariable('median_sales_amount') * exp(0.9 * income)
    )) as monthly_income,
    -- A file with a lender: more often the better off, the settled and the
    -- well placed. The two slopes leave the mean share at thin_share.
    u(k, 7) < if(
        is_consumer,
        logistic(
            -1.04 * ln(
                getvariable('thin_share') / (1 - getvariable('thin_share'))
            ) + 0.4 * income + 0.2 * stability
        ),
        0.5
    ) as has_credit,
    is_consumer and u(k, 8) < logistic(0.7 + 0.3 * stability) as is_formal,
    if(
        is_consumer,
        date '2004-01-01' - floor(365 * 50 * u(k, 9) * u(k, 10))::integer,
        null
    ) as birth_date,
    if(
        is_consumer,
        null,
        least(
            date '2022-06-01',
            registered_at::date
        ) - floor(365 * (1 + 9 * u(k, 9) * exp(0.4 * stability)))::integer
    ) as founding_date,
    registered_at
from registered;
