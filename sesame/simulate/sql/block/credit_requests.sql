-- Applications for credit, at most one in a half-year, and what the lender's
-- stated policy made of each: a noisy view of reliability and income, stricter
-- where there is no file, and nobody whose default it can still see.
create table credit_requests as
with asked as (
    select
        life.n,
        life.subject_id,
        life.has_credit,
        life.reliability,
        life.income,
        life.monthly_income,
        life.registered_at,
        life.month_at,
        life.month_number,
        life.default_month,
        life.default_12m_probability,
        key_of('applications', life.n, life.month_number // 6) as ka
    from life
    where
        life.month_number % 6 = floor(6 * u(ka, 1))
        -- Not in the first months, where there is time: a score needs evidence.
        and life.month_at >= getvariable('start_at')
        + to_months(least(3, getvariable('months') - 13)::integer)
        and u(ka, 2) < if(
            life.has_credit,
            getvariable('applies_with_file'),
            getvariable('applies_without_file')
        -- Under strain more do; in arrears few think it worth the while.
        ) * if(life.months_down >= 0, 0.3, 1 + life.distress)
),

dated as (
    select
        *,
        in_month(month_at, u(ka, 3)) as applied_at,
        money(monthly_income * (0.5 + 5 * u(ka, 4))) as amount,
        pick(u(ka, 5), [6, 12, 18, 24])::integer as term_months,
        'r' || (1 + floor(5 * u(ka, 6)))::integer::varchar as reader_id
    from asked
)

select
    *,
    'a' || n::varchar || '.' || (month_number // 6)::varchar as application_id,
    0.6 * reliability + 0.5 * income - 0.6 * (not has_credit)::integer
    + getvariable('policy_noise') * z(ka, 7) > getvariable('policy_threshold')
    and (
        default_month is null
        or month_number not between default_month
        and default_month + getvariable('refused_known_months')
    ) as is_granted,
    -- 90 days past due within twelve months; who is in arrears already stays so.
    coalesce(
        default_month - month_number
        between 1 - getvariable('down_months') and 9,
        false
    ) as is_default
from dated
where applied_at > registered_at + interval 30 day;
