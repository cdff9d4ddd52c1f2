with given as (
    select
        *,
        unnest(
            ['household', 'rent', 'insurance', 'leasing', 'savings', 'other']
        ) as purpose,
        unnest(range(6)) as position
    from people
),

dated as (
    select
        *,
        registered_at + to_days(
            1 + floor(400 * u(k, 161 + position))::integer
        ) as started_at
    from given
    where u(k, 167 + position) < logistic(-2.4 + 0.4 * income)
)

select
    'so' || n::varchar || '.' || position::varchar as standing_order_id,
    subject_id,
    'x' || floor(5000 * u(k, 173 + position))::integer::varchar
        as counterparty_id,
    purpose,
    'CNY' as currency,
    money(monthly_income * (0.02 + 0.15 * u(k, 179 + position))) as amount,
    started_at,
    null::timestamp as ended_at,
    known(started_at, registered_at) as known_at
from dated
