-- Who declares a tie with whom. Communities of some thirty are cut from an
-- order by reliability and noise, so that like keeps company with like; a few
-- ties leave the community. Seven in ten are declared back.
create table ties as
with placed as (
    select
        *,
        row_number() over (order by 0.8 * reliability + z(k, 71), n) - 1
            as position
    from people
    where is_consumer
),

declared as (
    select
        *,
        key_of('ties', n, counter) as kt
    from (
        select
            *,
            unnest(range(1 + count_of(
                u(k, 72), 2.0 + 0.3 * activity + 0.2 * stability
            ))) as counter
        from placed
    )
),

aimed as (
    select
        *,
        if(
            u(kt, 1) < 0.85,
            least(
                position - position % 30 + floor(30 * u(kt, 2))::bigint,
                getvariable('consumers') - 1
            ),
            floor(getvariable('consumers') * u(kt, 3))::bigint
        ) as other_position
    from declared
),

pairs as (
    select
        aimed.n as from_n,
        placed.n as to_n,
        aimed.subject_id as from_subject_id,
        placed.subject_id as to_subject_id,
        greatest(aimed.registered_at, placed.registered_at) as registered_at,
        least(aimed.stability, placed.stability) as stability,
        (aimed.reliability + placed.reliability) / 2 as reliability,
        placed.reliability as to_reliability,
        aimed.kt,
        -- Ties are older than the account, often by years.
        greatest(aimed.registered_at, placed.registered_at)
        - to_days(floor(-ln(u(aimed.kt, 4)) * 500)::integer) as since_at
    from aimed
    inner join placed on aimed.other_position = placed.position
    where aimed.n <> placed.n
)

-- One tie per pair, whichever end named it first.
select
    *,
    u(kt, 5) < 0.7 as is_mutual
from pairs
qualify row_number() over (
    partition by least(from_n, to_n), greatest(from_n, to_n)
    order by from_n, kt
) = 1;
