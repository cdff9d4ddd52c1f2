with imposed as (
    select
        *,
        in_month(month_at, u(mk, 141)) as imposed_at,
        pick(u(mk, 142), ['fine', 'fine', 'fine', 'licence_suspended', 'other'])
            as penalty_kind
    from life
    where
        reaches(month_at, 2)
        and u(mk, 143) < if(is_consumer, 0.0003, 0.005)
        * exp(-0.6 * reliability)
)

select
    'ap' || n::varchar || '.' || month_number::varchar as penalty_id,
    subject_id,
    penalty_kind as kind,
    'CNY' as currency,
    if(
        penalty_kind = 'fine',
        money(monthly_income * (0.05 + 0.5 * u(mk, 144))),
        0.00
    ) as amount,
    imposed_at,
    known(imposed_at, registered_at) as known_at
from imposed
where imposed_at >= registered_at
