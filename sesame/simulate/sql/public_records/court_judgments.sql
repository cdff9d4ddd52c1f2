-- Four defaults in ten end in court within half a year or so; a few judgments
-- have other causes and are older. A satisfaction that came after the row
-- was delivered is not in it.
with sued as (
    select
        people.n,
        people.k,
        people.subject_id,
        people.registered_at,
        people.monthly_income,
        make_timestamp(
            fates.default_month // 12, fates.default_month % 12 + 1, 1, 0, 0, 0
        ) + to_days(120 + floor(120 * u(people.k, 191))::integer) as judged_at
    from people
    inner join fates on people.n = fates.n
    where fates.default_month is not null and u(people.k, 192) < 0.4
    union all
    select
        n,
        k,
        subject_id,
        registered_at,
        monthly_income,
        registered_at - to_days(floor(900 * u(k, 193))::integer) as judged_at
    from people
    where u(k, 194) < logistic(-4.5 - 1.0 * reliability)
),

satisfied as (
    select
        *,
        row_number() over (partition by n order by judged_at) as counter,
        known(judged_at, registered_at) as judged_known_at,
        if(
            u(k, 195) < 0.35,
            judged_at + to_days(10 + floor(200 * u(k, 196))::integer),
            null
        ) as satisfied_at
    from sued
)

select
    'cj' || n::varchar || '.' || counter::varchar as judgment_id,
    subject_id,
    'CNY' as currency,
    money(monthly_income * (0.5 + 4 * u(k, 197))) as amount,
    judged_at,
    if(satisfied_at <= judged_known_at, satisfied_at, null) as satisfied_at,
    judged_known_at as known_at
from satisfied
