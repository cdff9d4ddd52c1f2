-- What firms sell and buy. Each has its own circle of buyers and suppliers,
-- wider for the active ones; the unreliable void and reverse more, and their
-- trade shrinks under strain.
with sides as (
    select
        life.*,
        sides.direction,
        sides.side
    from life
    cross join (values ('issued', 0), ('received', 1)) as sides(direction, side)
    where not life.is_consumer
),

written as (
    select
        *,
        key_of('invoices', n, (month_number * 2 + side) * 100 + counter) as kv
    from (
        select
            *,
            unnest(range(least(1, 1 - distress * (u(mk, 120) < 0.6)::integer)
            ::bigint * (
                (u(mk, 122 + side) < logistic(3 + activity + reliability))
                ::bigint + count_of(
                    u(mk, 124 + side),
                    2.2 * season * exp(0.5 * activity) * (1 - 0.5 * distress)
                )
            ))) as counter
        from sides
    )
),

valued as (
    select
        *,
        in_month(month_at, u(kv, 1)) as issued_at,
        u(kv, 2) < logistic(-3.0 - 0.5 * reliability) as is_voided,
        u(kv, 3) < logistic(-3.9 - 0.5 * reliability) as is_reversed,
        money(
            monthly_income * if(direction = 'issued', 0.25, 0.19)
            * exp(0.6 * z(kv, 4) - 0.1 * reliability * side)
        ) as net_amount,
        1 + floor(pow(u(kv, 5), 1.5) * (
            4 + 8 * exp(0.4 * activity + 0.3 * stability)
        ))::integer as partner
    from written
)

select
    'in' || n::varchar || '.' || month_number::varchar || '.'
    || side::varchar || '.' || counter::varchar as invoice_id,
    subject_id,
    'firm-' || (
        key_of('partners', n, side * 1000 + partner) % 3000
    )::varchar as counterparty_id,
    direction,
    case
        when is_voided then 'voided'
        when is_reversed then 'reversed'
        else 'valid'
    end as status,
    'CNY' as currency,
    if(is_reversed and not is_voided, -net_amount, net_amount) as net_amount,
    -- VAT at the general rate of 13 %.
    (if(is_reversed and not is_voided, -net_amount, net_amount) * 0.13)
    ::decimal(18, 2) as tax_amount,
    issued_at,
    known(issued_at, registered_at) as known_at
from valued
where issued_at >= registered_at
