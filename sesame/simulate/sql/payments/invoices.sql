-- What firms sell and buy. Each has its own circle of buyers and suppliers,
-- wider for the active ones; the unreliable void and reverse more. Trade shrinks
-- under strain and ends with bankruptcy.
with sides as (
    select
        life.*,
        sides.direction,
        sides.side
    from life
    cross join (
        values ('issued', 0), ('received', 1)
    ) as sides (direction, side)
    where
        not life.is_consumer
        and reaches(life.month_at, 2)
        and coalesce(life.month_number < life.bankruptcy_month, true)
),

written as (
    select
        *,
        key_of('invoices', n, (month_number * 2 + side) * 100 + counter) as kv
    from (
        select
            *,
            unnest(range(
                (u(mk, 122 + side) < logistic(3 + activity + reliability))
                ::bigint + count_of(
                    u(mk, 124 + side),
                    3.6 * business_season * (1 - 0.5 * distress)
                    * exp(0.5 * activity + 0.8 * z(k, 125))
                )
            )) as counter
        from sides
    ) as counted
),

valued as (
    select
        written.*,
        day_slots.day_at + to_seconds(
            floor(36000 * u(written.kv, 1))::bigint
        ) as issued_at,
        -- How a firm keeps its books differs more than its reliability does.
        u(written.kv, 2) < logistic(
            if(written.side = 0, -2.3, -3.5)
            - 0.4 * written.reliability
            + if(written.side = 0, 0.8, 0.5) * z(written.k, 126)
        ) as is_voided,
        u(written.kv, 3) < logistic(
            if(written.side = 0, -4.3, -5.0)
            - 0.4 * written.reliability + 0.7 * z(written.k, 127)
        ) as is_reversed,
        -- Firms buy in smaller lots than they sell.
        written.monthly_income * if(written.side = 0, 0.3, 0.02) * exp(
            if(written.side = 0, 2.2, 1.9) * z(written.kv, 4)
            + if(written.side = 0, 1.8, 0.8)
            * z(written.k, 128 + written.side)
        ) as deal_amount,
        -- A printed form has a limit, one firm in five only the small form;
        -- what is dearer is split to stay just below.
        if(u(written.k, 160) < 0.2, 10000, 100000) as limit_amount,
        money(if(
            written.side = 0 and deal_amount > limit_amount,
            limit_amount * (1 - 0.12 * pow(u(written.kv, 8), 1.3)),
            deal_amount
        )) as net_amount,
        -- Rates of value-added tax: most of a firm's trade has the same one.
        pick(
            u(if(u(written.kv, 7) < 0.8, written.k, written.kv), 130),
            [0.13, 0.13, 0.13, 0.09, 0.06, 0.06, 0.03, 0.03, 0.01, 0.00]
        ) as tax_ratio,
        1 + floor(pow(u(written.kv, 5), 1.5) * (
            4 + 8 * exp(0.4 * written.activity + 0.3 * written.stability)
        ))::integer as partner
    from written
    inner join day_slots
        on
            written.month_number = day_slots.month_number
            and floor(1000 * u(written.kv, 6)) = day_slots.slot
            and day_slots.calendar = 'business'
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
    (if(is_reversed and not is_voided, -net_amount, net_amount) * tax_ratio)
    ::decimal(18, 2) as tax_amount,
    issued_at,
    known(issued_at, registered_at) as known_at
from valued
where issued_at >= registered_at
