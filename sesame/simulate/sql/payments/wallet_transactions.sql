-- What goes through a wallet: kind by kind, how often in a month, and how much
-- of the month's income each time; what friends send each other, seen from both
-- ends; and what is paid for orders. Strain cuts salaries and savings and makes
-- for cash and loans.
with flows (kind, direction, position, is_consumer, times, income_share) as (
    values
    ('salary', 'in', 0, true, 1.0, 0.90),
    ('top_up', 'in', 1, true, 0.5, 0.20),
    ('transfer', 'in', 2, true, 0.10, 0.15),
    ('purchase', 'out', 3, true, 0.7, 0.60),
    ('transfer', 'out', 4, true, 0.10, 0.30),
    ('cash', 'out', 5, true, 0.2, 0.25),
    ('insurance', 'out', 6, true, 0.15, 0.08),
    ('interest', 'in', 7, true, 0.15, 0.01),
    ('loan', 'in', 8, true, 0.02, 1.00),
    ('bill', 'out', 9, true, 0.25, 0.10),
    ('purchase', 'in', 10, false, 3.0, 0.30),
    ('transfer', 'in', 11, false, 0.5, 0.10),
    ('purchase', 'out', 12, false, 2.0, 0.32),
    ('salary', 'out', 13, false, 1.0, 0.18),
    ('fee', 'out', 14, false, 1.0, 0.01)
),

moved as (
    select
        life.*,
        flows.kind,
        flows.direction,
        flows.position,
        flows.income_share,
        case
            when flows.kind = 'salary'
                then (
                    (life.is_formal or not life.is_consumer)
                    and u(life.mk, 80) < logistic(
                        3.2 + 0.2 * life.stability
                        - 4.0 * greatest(life.job_loss, life.bankruptcy)
                    )
                )::bigint
            else
                count_of(
                    u(life.mk, 81 + flows.position),
                    flows.times * case flows.kind
                        when 'top_up' then exp(0.2 * life.income)
                        when 'cash' then exp(life.distress)
                        when 'loan' then exp(2.0 * life.distress)
                        else exp(if(
                            life.is_consumer, 0.1, 0.25
                        ) * life.activity)
                    end * if(life.is_consumer, 1, 1 - life.bankruptcy)
                )
        end as times
    from life
    inner join flows on life.is_consumer = flows.is_consumer
    where reaches(life.month_at, 1)
),

single as (
    select
        *,
        key_of('wallet', n, (month_number * 100 + position) * 100 + counter)
            as kw
    from (
        select
            n,
            k,
            subject_id,
            is_consumer,
            registered_at,
            month_at,
            month_number,
            monthly_income,
            income_volatility,
            distress,
            kind,
            direction,
            position,
            income_share,
            unnest(range(times)) as counter
        from moved
    ) as counted
),

flowing as (
    select
        'w' || single.n::varchar || '.' || single.month_number::varchar
        || '.' || single.position::varchar
        || '.' || single.counter::varchar as transaction_id,
        single.subject_id,
        if(
            single.kind = 'salary',
            'employer-' || (single.n % 300)::varchar,
            'x' || floor(5000 * u(single.kw, 2))::integer::varchar
        ) as counterparty_id,
        single.kind,
        single.direction,
        greatest(0.01, money(
            single.monthly_income * single.income_share * exp(
                if(
                    single.kind = 'salary',
                    0.06 * exp(0.5 * single.income_volatility),
                    0.5
                ) * z(single.kw, 3)
            )
            -- In trouble people live beyond their means.
            * if(single.direction = 'out', exp(0.3 * single.distress), 1)
        )) as amount,
        if(
            single.kind = 'salary',
            -- Each employer has its day.
            single.month_at + to_days(4 + (single.n % 300 % 12)::integer)
            + interval 2 hour,
            day_slots.day_at + to_seconds(
                floor(86399 * u(single.kw, 4))::bigint
            )
        ) as occurred_at,
        single.registered_at
    from single
    inner join day_slots
        on
            single.month_number = day_slots.month_number
            and floor(1000 * u(single.kw, 1)) = day_slots.slot
            and day_slots.calendar = if(
                single.is_consumer, 'wallet', 'business'
            )
),

sent as (
    select
        *,
        ki + 7 + counter as kw,
        in_month(month_at, u(ki + 7 + counter, 1)) as occurred_at
    from (
        select
            *,
            unnest(range(transfers)) as counter
        from contacts
    ) as counted
),

between_friends as (
    select
        'wf' || sent.from_n::varchar || '.' || sent.to_n::varchar
        || '.' || sent.month_number::varchar
        || '.' || sent.counter::varchar || ends.suffix as transaction_id,
        if(ends.is_sender, sent.from_subject_id, sent.to_subject_id)
            as subject_id,
        if(ends.is_sender, sent.to_subject_id, sent.from_subject_id)
            as counterparty_id,
        'transfer' as kind,
        if(ends.is_sender, 'out', 'in') as direction,
        greatest(0.01, money(
            0.04 * sent.smaller_income * exp(0.8 * z(sent.kw, 2))
        )) as amount,
        sent.occurred_at,
        if(ends.is_sender, sent.from_registered_at, sent.to_registered_at)
            as registered_at
    from sent
    cross join (
        values ('.o', true), ('.i', false)
    ) as ends (suffix, is_sender)
),

ordered as (
    select
        'wp' || purchases.order_id as transaction_id,
        purchases.subject_id,
        purchases.shop_id as counterparty_id,
        'purchase' as kind,
        'out' as direction,
        order_amounts.amount,
        purchases.ordered_at + interval 1 minute as occurred_at,
        purchases.registered_at
    from purchases
    inner join order_amounts on purchases.order_id = order_amounts.order_id
    where not purchases.is_cancelled
),

every as (
    select * from flowing
    union all
    select * from between_friends
    union all
    select * from ordered
)

select
    transaction_id,
    subject_id,
    counterparty_id,
    kind,
    direction,
    'CNY' as currency,
    amount,
    occurred_at,
    known(occurred_at, registered_at) as known_at
from every
where occurred_at >= registered_at
