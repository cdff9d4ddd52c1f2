select
    people.subject_id,
    people.kind,
    people.reliability,
    people.income,
    people.income_volatility,
    people.activity,
    people.stability,
    people.social_position,
    people.has_credit,
    people.registered_at,
    make_date(
        fates.default_month // 12, fates.default_month % 12 + 1, 1
    )::timestamp as defaulted_at,
    make_date(
        fates.bankruptcy_month // 12, fates.bankruptcy_month % 12 + 1, 1
    )::timestamp as bankrupt_at
from people
inner join fates on people.n = fates.n
order by people.n
