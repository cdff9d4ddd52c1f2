-- Things rented for days or weeks; what is not brought back is kept.
with placed as (
    select
        *,
        in_month(month_at, u(mk, 112)) as placed_at,
        floor(4 * pow(u(mk, 113), 1.5))::integer as purpose_position
    from life
    where
        is_consumer
        and reaches(month_at, 3)
        and u(mk, 111) < 0.05 * exp(0.3 * activity)
),

ended as (
    select
        *,
        ['bicycle', 'device', 'car', 'other'][purpose_position + 1] as purpose,
        money(
            [199, 500, 3000, 800][purpose_position + 1]
        ) as deposit_amount,
        placed_at + to_hours(
            4 + floor(24 * 20 * u(mk, 114))::integer
        ) as ended_at,
        u(mk, 115) < logistic(-2.2 - 1.0 * reliability + distress) as is_kept
    from placed
    where placed_at >= registered_at
)

select
    'de' || n::varchar || '.' || month_number::varchar as deposit_id,
    subject_id,
    purpose,
    'CNY' as currency,
    deposit_amount,
    case
        when not is_kept then 0.00
        when u(mk, 116) < 0.5 then deposit_amount
        else money(0.3 * deposit_amount)
    end as kept_amount,
    placed_at,
    ended_at,
    greatest(known(placed_at, registered_at), ended_at + interval 1 day)
        as known_at
from ended
