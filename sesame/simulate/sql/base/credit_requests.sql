-- Applications for credit, and what a lender's stated policy made of them. A
-- borrower applies in a month that leaves a year to see how it ends.
create table credit_requests as
with candidates as (
    select
        people.*,
        defaults.default_month,
        key_of('applications', people.n, 0) as ka
    from people
    left join (
        select distinct n, default_month from life
    ) as defaults
        on people.n = defaults.n
),

asked as (
    select
        *,
        -- From the fourth month on where there is time: a score needs evidence.
        getvariable('start_at') + to_days(
            least(120, 15 * (getvariable('months') - 12))
        ) as earliest_at,
        getvariable('end_at') - interval 372 day as latest_at
    from candidates
    where u(ka, 1) < if(has_credit, 0.85, 0.05)
),

dated as (
    select
        *,
        date_trunc('second', earliest_at + to_seconds(
            floor(
                u(ka, 2) * greatest(
                    date_diff('second', earliest_at, latest_at), 86400
                )
            )::bigint
        )) as applied_at,
        money(monthly_income * (0.5 + 5 * u(ka, 3))) as amount,
        pick(u(ka, 4), [6, 12, 18, 24]) as term_months,
        'r' || (1 + floor(5 * u(ka, 5)))::integer::varchar as reader_id
    from asked
)

select
    *,
    'a' || n::varchar as application_id,
    -- The policy: a noisy view of reliability and income, nobody in default.
    has_credit
    and 0.6 * reliability + 0.5 * income + z(ka, 6) > -2.0
    and coalesce(
        default_month
        > year(applied_at) * 12 + month(applied_at),
        true
    ) as is_granted
from dated
where applied_at > registered_at + interval 30 day;
