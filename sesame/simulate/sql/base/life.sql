-- One row per subject and month lived with the operator: the clock that every
-- event table beats to. Months are numbered absolutely: what is drawn for one
-- does not depend on how long the history before it is.
create table life as
with months as (
    select
        month_at,
        year(month_at) * 12 + month(month_at) as month_number,
        -- 11.11 and 12.12 pull purchases forward, Spring Festival closes shops
        case month(month_at)
            when 11 then 1.6 when 12 then 1.2 when 6 then 1.2 when 2 then 0.7
            else 1.0
        end as season
    from (
        select
            unnest(generate_series(
                getvariable('start_at')::timestamp,
                getvariable('end_at') - interval 1 month,
                interval 1 month
            )) as month_at
    )
),

lived as (
    select
        people.*,
        months.month_at,
        months.month_number,
        months.season,
        key_of('life', people.n, months.month_number) as mk
    from people
    inner join months
        on months.month_at >= date_trunc('month', people.registered_at)
),

-- Hazard of ceasing to pay. At the median .7 % a month, .25 % for one standard
-- deviation more reliable and 1.8 % for one less: yearly default rates of some
-- 3 to 20 %, the spread between the best and worst grades of consumer lenders.
defaulted as (
    select
        n,
        min(month_number) as default_month
    from lived
    where
        u(mk, 50)
        < exp(-5.0 - 1.0 * reliability - 0.3 * stability - 0.15 * income)
    group by n
)

select
    lived.*,
    defaulted.default_month,
    -- Trouble shows before it breaks out: three months of strain, then default;
    -- a year later most of it is over.
    case
        when lived.month_number >= defaulted.default_month + 12 then 0.3
        when lived.month_number >= defaulted.default_month then 1.0
        when lived.month_number >= defaulted.default_month - 3 then 0.5
        else 0.0
    end as distress
from lived
left join defaulted on lived.n = defaulted.n;
