-- Monthly, while a line is open; six months after default it is written off.
-- Use of the limit rises under strain, payments fall; a missed due date shows
-- in the days past due of the report a month later.
with billed as (
    select
        facilities.account_id,
        facilities.amount as limit_amount,
        life.*,
        key_of(
            'statements', life.n, life.month_number * 10 + facilities.position
        ) as ks,
        coalesce(life.month_number - life.default_month, -1) as months_down,
        life.month_at + to_days(4) as statement_at
    from facilities
    inner join life on facilities.n = life.n
    where
        facilities.is_revolving
        and life.month_at > facilities.opened_at
        and life.month_at + to_days(4) >= life.registered_at
),

used as (
    select
        *,
        logistic(
            -0.8 - 0.7 * reliability + 2.2 * distress + 0.5 * z(ks, 1)
        ) as utilisation_ratio,
        u(ks, 2) < logistic(-2.6 - 1.1 * reliability + 1.5 * distress)
            as is_late,
        u(ks, 3) < logistic(-1.2 - 0.9 * reliability + 1.5 * distress)
            as is_minimum
    from billed
    where months_down < 6
),

due as (
    select
        *,
        money(limit_amount * utilisation_ratio) as balance_amount,
        money(limit_amount * utilisation_ratio * 0.1) as due_amount,
        case
            when months_down >= 0 then 10 + 30 * months_down
            when is_late then (1 + floor(-ln(u(ks, 4)) * 9))::integer % 60
            else 0
        end as days_past_due
    from used
)

select
    'st' || account_id || '.' || month_number::varchar as statement_id,
    account_id,
    subject_id,
    'CNY' as currency,
    if(days_past_due = 0, 'current', 'past_due') as lender_status,
    limit_amount,
    balance_amount,
    due_amount,
    case
        when months_down >= 0 then 0.00
        when is_minimum then due_amount
        else money(balance_amount::double * (0.5 + 0.5 * u(ks, 5)))
    end as paid_amount,
    days_past_due::integer as days_past_due,
    statement_at,
    known(statement_at, registered_at) as known_at
from due
