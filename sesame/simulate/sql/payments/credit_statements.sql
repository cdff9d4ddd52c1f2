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
        life.month_at + to_days(4) as statement_at
    from facilities
    inner join life on facilities.n = life.n
    where
        facilities.is_revolving
        and reaches(life.month_at, 2)
        and life.month_at > facilities.opened_at
        and life.month_at + to_days(4) >= life.registered_at
),

used as (
    select
        *,
        -- Some never borrow on a card, others always do, as in Taiwan: accounts
        -- differ more than the months of one. Some months a card is not used,
        -- or overpaid; some go over the limit.
        case
            when
                u(ks, 6) < logistic(-2.6 - 1.2 * z(k, 57) - 2.0 * distress)
                then if(u(ks, 7) < 0.2, -0.02 * u(ks, 8), 0)
            else 1.06 * logistic(
                -1.0 - 0.8 * reliability + 2.2 * distress
                + 2.2 * z(k, 57) + 0.6 * z(ks, 1)
            )
        end as utilisation_ratio,
        u(ks, 2) < logistic(-2.6 - 1.1 * reliability + 1.5 * distress)
            as is_late,
        -- Who borrows much on a card pays the minimum most months.
        u(ks, 3) < logistic(
            -0.1 - 0.6 * reliability + 1.5 * distress + 1.5 * z(k, 57)
        ) as is_minimum
    from billed
    where
        months_down < 6
        and coalesce(month_number < default_month + 6, true)
),

due as (
    select
        *,
        money(limit_amount * utilisation_ratio) as balance_amount,
        money(limit_amount * greatest(0, utilisation_ratio) * 0.03)
            as due_amount,
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
        when is_minimum
            then money(
                due_amount::double * (1 - 0.8 * ln(u(ks, 9)))
            )
        else money(
            greatest(0, balance_amount::double)
            * least(1, 0.1 + 3.0 * u(ks, 5))
        )
    end as paid_amount,
    days_past_due::integer as days_past_due,
    statement_at,
    known(statement_at, registered_at) as known_at
from due
