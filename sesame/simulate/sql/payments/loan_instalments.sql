-- Monthly until the term ends or, six months after default, the loan is
-- written off.
with due as (
    select
        facilities.account_id,
        facilities.amount,
        facilities.term_months,
        life.*,
        key_of(
            'instalments',
            life.n, life.month_number * 10000 + facilities.position
        ) as ki,
        life.month_at + to_days(19) as due_at,
        life.month_number - (
            year(facilities.opened_at) * 12 + month(facilities.opened_at)
        ) as instalment
    from facilities
    inner join life on facilities.n = life.n
    where not facilities.is_revolving and reaches(life.month_at, 5)
),

running as (
    select
        *,
        -- Equal instalments with a year's flat interest of 8 %.
        money(
            amount::double / term_months * (1 + 0.08 * term_months / 24)
        ) as due_amount,
        if(
            u(ki, 1) < logistic(-2.7 - 1.1 * reliability + 1.5 * distress),
            (1 + floor(-ln(u(ki, 2)) * 9))::integer % 60,
            0
        ) as late_days
    from due
    where
        instalment between 1 and term_months
        and months_down < 6
        and coalesce(
            month_number < default_month + 6, true
        )
        and due_at >= registered_at
),

settled as (
    select
        *,
        if(
            months_down >= 0,
            null,
            due_at + to_days(late_days)
            - to_hours(if(late_days > 0, 0, floor(90 * u(ki, 3))::integer))
        ) as paid_at
    from running
)

select
    'li' || account_id || '.' || month_number::varchar as instalment_id,
    account_id,
    subject_id,
    'CNY' as currency,
    due_amount,
    if(paid_at is null, 0.00, due_amount) as paid_amount,
    -- Unpaid ones are reported when 90 days have passed.
    if(paid_at is null, 90, late_days) as days_past_due,
    due_at,
    paid_at,
    greatest(
        known(due_at, registered_at),
        coalesce(paid_at, due_at + interval 90 day) + interval 1 day
    ) as known_at
from settled
