-- Who declares a tie with whom, in the block of the one who does. Most ties
-- stay in the community, whose members resemble one another (block/people.sql);
-- the others reach for somebody of a later one, so that no pair is made twice.
-- People of position have more ties, and more are declared with them.
create table ties as
with declared as (
    select
        *,
        key_of('ties', n, counter) as kt
    from (
        select
            *,
            unnest(range(count_of(
                u(k, 72), 1.3 * exp(0.9 * social_position + 0.6 * z(k, 73))
            ))) as counter
        from people
        where is_consumer
    ) as counted
),

aimed as (
    select
        *,
        u(kt, 1) < 0.85 as is_near,
        floor(30 * pow(u(kt, 2), 2))::bigint as to_seat,
        least(
            floor((getvariable('consumers') - 1) // 30),
            community + 1 + floor(
                ((getvariable('consumers') - 1) // 30 - community)
                * u(kt, 3)
            )
        )::bigint as far_community
    from declared
),

chosen as (
    select
        *,
        if(is_near, community, far_community) as to_community
    from aimed
    where is_near or far_community > community
),

met as (
    select
        chosen.*,
        friends.n as to_n,
        friends.subject_id as to_subject_id,
        friends.registered_at as to_registered_at,
        friends.reliability as to_reliability,
        friends.social_position as to_social_position,
        friends.stability as to_stability,
        friends.monthly_income as to_monthly_income
    from chosen
    inner join everyone as friends
        on
            chosen.to_community = friends.community
            and chosen.to_seat = friends.seat
            and friends.is_consumer
    where chosen.n <> friends.n
),

-- One tie per pair, whichever end named it first.
pairs as (
    select *
    from met
    qualify row_number() over (
        partition by least(n, to_n), greatest(n, to_n)
        order by n, counter
    ) = 1
),

joined as (
    select
        n as from_n,
        to_n,
        subject_id as from_subject_id,
        to_subject_id,
        kt,
        registered_at as from_registered_at,
        to_registered_at,
        greatest(registered_at, to_registered_at) as known_to_operator_at,
        least(stability, to_stability) as smaller_stability,
        (social_position + to_social_position) / 2 as mean_position,
        reliability as from_reliability,
        social_position as from_social_position,
        to_reliability,
        to_social_position,
        least(monthly_income, to_monthly_income) as smaller_income,
        -- Ties are older than the account, often by years; some begin later.
        greatest(registered_at, to_registered_at) + to_days(floor(
            if(u(kt, 4) < 0.75, ln(u(kt, 6)), u(kt, 6)) * 500
        )::integer) as since_at
    from pairs
)

select
    * rename (
        known_to_operator_at as registered_at,
        smaller_stability as stability,
        mean_position as social_position
    ),
    u(kt, 5) < logistic(1.6 + 0.4 * mean_position) as is_mutual,
    -- One tie in ten ends, those of the unsettled sooner.
    if(
        u(kt, 7) < logistic(-2.2 - 0.5 * smaller_stability),
        since_at + to_days(60 + floor(900 * u(kt, 8))::integer),
        null
    ) as until_at
from joined;

-- Months in which mutual ties write to one another: people of position
-- steadily; and what they send each other.
create table contacts as
with lived as (
    select
        ties.from_n,
        ties.to_n,
        ties.from_subject_id,
        ties.to_subject_id,
        ties.from_registered_at,
        ties.to_registered_at,
        ties.registered_at,
        ties.smaller_income,
        ties.stability,
        ties.social_position,
        months.month_at,
        months.month_number,
        key_of('interactions', ties.kt, months.month_number) as ki
    from ties
    inner join months
        on
            ties.registered_at <= months.month_at
            and ties.since_at <= months.month_at
            and months.month_at < coalesce(
                ties.until_at, timestamp '9999-01-01'
            )
    where ties.is_mutual and reaches(months.month_at, 2)
)

select
    *,
    floor(-ln(u(ki, 2)) * 20 * exp(0.3 * social_position))::integer
    + 1 as messages,
    count_of(u(ki, 3), 0.25)::integer as transfers
from lived
where u(ki, 1) < logistic(-0.4 + 0.2 * stability + 0.5 * social_position);
