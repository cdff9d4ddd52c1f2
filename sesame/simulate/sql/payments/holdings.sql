-- Valued each quarter; the better off hold more and drop it under strain.
with valued as (
    select
        *,
        unnest(['money_market', 'fund', 'insurance', 'savings', 'securities'])
            as holding_kind,
        unnest(range(5)) as position,
        month_at + to_days(24) as measured_at
    from life
    where month_number % 3 = 2 and is_consumer and reaches(month_at, 1)
)

select
    'ho' || n::varchar || '.' || month_number::varchar
    || '.' || position::varchar as holding_id,
    subject_id,
    holding_kind as kind,
    'CNY' as currency,
    money(
        monthly_income * exp(
            0.2 * position - 0.5 + 0.1 * reliability + 0.5 * income
            - 1.5 * distress + 0.2 * z(mk, 104 + position)
        )
    ) as value_amount,
    measured_at,
    known(measured_at, registered_at) as known_at
from valued
where
    measured_at >= registered_at
    and u(k, 185 + position)
    < logistic(-0.3 - 0.6 * position + 0.7 * income)
