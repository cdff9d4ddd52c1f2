-- One default in five goes on to enforcement, some eight months later.
with enforced as (
    select
        people.n,
        people.k,
        people.subject_id,
        people.registered_at,
        people.monthly_income,
        make_timestamp(
            fates.default_month // 12, fates.default_month % 12 + 1, 1, 0, 0, 0
        ) + to_days(200 + floor(120 * u(people.k, 201))::integer) as opened_at
    from people
    inner join fates on people.n = fates.n
    where fates.default_month is not null and u(people.k, 202) < 0.2
    union all
    select
        n,
        k,
        subject_id,
        registered_at,
        monthly_income,
        registered_at - to_days(floor(900 * u(k, 203))::integer) as opened_at
    from people
    where u(k, 204) < logistic(-5.0 - 1.0 * reliability)
)

select
    'ec' || n::varchar || '.' || (
        row_number() over (partition by n order by opened_at)
    )::varchar as case_id,
    subject_id,
    'CNY' as currency,
    money(monthly_income * (0.5 + 4 * u(k, 205))) as amount,
    opened_at,
    null::timestamp as closed_at,
    known(opened_at, registered_at) as known_at
from enforced
