-- Each firm is entered once; the reliable hold licences, the unsettled change
-- address, owners and capital.
with entries as (
    select
        *,
        unnest([
            'registered', 'licence_granted', 'licence_granted',
            'address_changed', 'owner_changed', 'capital_changed'
        ]) as entry_kind,
        unnest(range(6)) as position
    from people
    where not is_consumer
),

dated as (
    select
        *,
        case
            when position = 0 then founding_date::timestamp
            when position < 3
                then founding_date::timestamp + to_days(
                    30 + floor(150 * u(k, 230 + position))::integer
                )
            else registered_at + to_days(
                20 + floor(700 * u(k, 230 + position))::integer
            )
        end as effective_at
    from entries
    where
        position = 0
        or u(k, 236 + position) < case
            when position < 3 then logistic(0.2 + 0.6 * reliability)
            else logistic(-1.6 - 0.7 * stability)
        end
)

select
    'br' || n::varchar || '.' || position::varchar as registration_id,
    subject_id,
    entry_kind as kind,
    if(position in (0, 5), 'CNY', null) as currency,
    if(
        position in (0, 5),
        money(round(monthly_income::double * (3 + 5 * u(k, 243)), -3)),
        null
    ) as capital_amount,
    effective_at,
    known(effective_at, registered_at) as known_at
from dated
