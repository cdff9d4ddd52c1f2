-- Bills of the months: phone each month for those who do not pay in advance,
-- utilities and broadband every second one for those who pay them themselves,
-- rent for those who move often. Lateness follows reliability and distress.
create table bill_list as
with issued as (
    select
        life.n,
        life.k,
        life.subject_id,
        life.registered_at,
        life.reliability,
        life.income,
        life.distress,
        life.month_at,
        life.month_number,
        kinds.bill_kind,
        kinds.position,
        kinds.typical_amount,
        key_of('bills', life.n, life.month_number * 10 + kinds.position) as kb
    from life
    inner join (
        values
        ('phone', 0, 80.0), ('utility', 1, 240.0),
        ('broadband', 2, 160.0), ('rent', 3, 1800.0)
    ) as kinds (bill_kind, position, typical_amount)
        on
            kinds.position = 0
            or (
                kinds.position in (1, 2)
                and (life.month_number + kinds.position) % 2 = 0
                and u(life.k, 60 + kinds.position) < 0.6
            )
            or (
                kinds.position = 3
                and u(life.k, 63) < logistic(-2.2 - 0.8 * life.stability)
            )
    where
        (kinds.position > 0 or u(life.k, 60) < 0.75)
        and reaches(life.month_at, 6)
),

due as (
    select
        *,
        month_at + to_days(floor(5 * u(k, 64))::integer)
        + interval 9 hour as issued_at,
        month_at + to_days(14 + floor(5 * u(k, 64))::integer) as due_at,
        money(typical_amount * exp(0.3 * income + 0.25 * z(kb, 1)))
            as due_amount,
        u(kb, 2) < logistic(
            getvariable('late_base') - 1.0 * reliability + 2.2 * distress
        ) as is_late,
        u(kb, 3) < logistic(-4.2 - 0.8 * reliability + 2.6 * distress)
            as is_unpaid
    from issued
)

select
    subject_id,
    registered_at,
    bill_kind,
    kb,
    issued_at,
    due_at,
    due_amount,
    is_late,
    is_unpaid,
    'bl' || n::varchar || '.' || month_number::varchar
    || '.' || position::varchar as bill_id,
    case
        when is_unpaid then null
        when is_late
            then due_at + to_hours(
                12 + floor(-ln(u(kb, 4)) * 24 * 14)::integer % 1900
            )
        -- Most pay within days of the bill, some on the last day.
        else issued_at + to_hours(
            6 + floor(u(kb, 5) * 24 * 12)::integer
        )
    end as paid_at
from due
where issued_at >= registered_at;
