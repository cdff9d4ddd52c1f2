-- Mostly firms'; a third clears them within two months, before publication.
with assessed as (
    select
        *,
        in_month(month_at, u(mk, 131)) as assessed_at,
        if(
            u(mk, 132) < 0.33,
            in_month(month_at, u(mk, 131))
            + to_days(5 + floor(50 * u(mk, 133))::integer),
            null
        ) as cleared_at
    from life
    where
        reaches(month_at, 2)
        and u(mk, 134) < if(is_consumer, 0.0004, 0.006)
        * exp(-0.6 * reliability + distress)
),

published as (
    select
        *,
        known(assessed_at, registered_at) as assessed_known_at
    from assessed
    where assessed_at >= registered_at
)

select
    'ta' || n::varchar || '.' || month_number::varchar as arrears_id,
    subject_id,
    'CNY' as currency,
    money(monthly_income * (0.1 + u(mk, 135))) as amount,
    assessed_at,
    if(cleared_at <= assessed_known_at, cleared_at, null) as cleared_at,
    assessed_known_at as known_at
from published
