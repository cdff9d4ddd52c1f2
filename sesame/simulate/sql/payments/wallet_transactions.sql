-- What goes through a wallet in a month, kind by kind: how often, and how
-- much of the month's income each time. Strain cuts salaries and savings and
-- makes for cash and loans.
with flows as (
    select *
    from (
        values
        -- kind, direction, position, of a consumer?, times, share of income
        ('salary', 'in', 0, true, 1.0, 0.90),
        ('top_up', 'in', 1, true, 0.5, 0.20),
        ('transfer', 'in', 2, true, 0.25, 0.15),
        ('purchase', 'out', 3, true, 0.7, 0.60),
        ('transfer', 'out', 4, true, 0.25, 0.30),
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
    ) as listed(kind, direction, position, is_consumer, times, income_share)
),

moved as (
    select
        life.n,
        life.subject_id,
        life.registered_at,
        life.month_at,
        life.month_number,
        life.monthly_income,
        life.income,
        life.reliability,
        life.stability,
        life.distress,
        life.is_formal,
        life.mk,
        flows.kind,
        flows.direction,
        flows.position,
        flows.income_share,
        case
            when flows.kind = 'salary'
                then (
                    (life.is_formal or not life.is_consumer)
                    and u(life.mk, 80)
                    < logistic(3.2 + 0.6 * life.stability - 2.5 * life.distress)
                )::bigint
            else
                count_of(
                    u(life.mk, 81 + flows.position),
                    flows.times * case flows.kind
                        when 'top_up' then exp(
                            0.3 * life.activity + 0.2 * life.reliability
                        )
                        when 'cash' then exp(
                            1.0 * life.distress - 0.3 * life.reliability
                        )
                        when 'loan' then exp(2.0 * life.distress)
                        else exp(0.25 * life.activity)
                    end
                )
        end as times
    from life
    inner join flows on life.is_consumer = flows.is_consumer
),

single as (
    select
        *,
        key_of('wallet', n, (month_number * 100 + position) * 100 + counter)
            as kw
    from (select *, unnest(range(times)) as counter from moved)
),

timed as (
    select
        *,
        if(
            kind = 'salary',
            month_at + to_days(9) + interval 2 hour,
            in_month(month_at, u(kw, 1))
        ) as occurred_at
    from single
)

select
    'w' || n::varchar || '.' || month_number::varchar || '.'
    || position::varchar || '.' || counter::varchar as transaction_id,
    subject_id,
    if(
        kind = 'salary',
        'employer-' || (n % 300)::varchar,
        'x' || floor(5000 * u(kw, 2))::integer::varchar
    ) as counterparty_id,
    kind,
    direction,
    'CNY' as currency,
    greatest(0.01, money(
        monthly_income * income_share
        * exp(if(kind = 'salary', 0.06, 0.5) * z(kw, 3))
        -- The reliable live within their means.
        * if(direction = 'out', exp(-0.12 * reliability + 0.3 * distress), 1)
    )) as amount,
    occurred_at,
    known(occurred_at, registered_at) as known_at
from timed
where occurred_at >= registered_at
