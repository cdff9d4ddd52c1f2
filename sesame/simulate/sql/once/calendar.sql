-- The months simulated, with what the season and the credit cycle make of each.
-- Months are numbered absolutely: what is drawn for one does not depend on how
-- long the history before it is.
create macro slump_of(month_number) as round(cos(
    2 * pi() * (month_number - getvariable('cycle_bottom_month'))
    / getvariable('cycle_months')
), 6);

create table calendar_days as
with days as (
    select unnest(generate_series(
        getvariable('start_at')::timestamp,
        getvariable('end_at') - interval 1 day,
        interval 1 day
    )) as day_at
),

weekly as (
    select
        days.day_at,
        calendars.calendar,
        if(dayofweek(days.day_at) in (0, 6), calendars.weekend_weight, 1)
            as weight
    from days
    cross join (
        values ('shopping', 1.2), ('business', 0.2), ('wallet', 1.1)
    ) as calendars (calendar, weekend_weight)
)

-- A rule names days of one year (2024-02-07) or of all (11-11).
select
    weekly.calendar,
    weekly.day_at,
    date_trunc('month', weekly.day_at)::timestamp as month_at,
    weekly.weight * coalesce(product(rules.weight), 1) as weight
from weekly
left join calendar_rules as rules
    on
        weekly.calendar = rules.calendar
        and right(strftime(weekly.day_at, '%Y-%m-%d'), len(rules.first_day))
        between rules.first_day and rules.last_day
group by weekly.calendar, weekly.day_at, weekly.weight;

-- A thousand equally likely slots a month, each with its day.
create table day_slots as
with cumulated as (
    select
        *,
        sum(weight) over (
            partition by calendar, month_at order by day_at
        ) / sum(weight) over (partition by calendar, month_at) as until_share
    from calendar_days
),

slots as (
    select
        range::integer as slot,
        (range + 0.5) / 1000 as middle_share
    from range(1000)
)

select
    cumulated.calendar,
    month_number_of(cumulated.month_at) as month_number,
    slots.slot,
    min(cumulated.day_at) as day_at
from cumulated
inner join slots on cumulated.until_share > slots.middle_share
group by cumulated.calendar, cumulated.month_at, slots.slot;

create table months as
select
    month_at,
    month_number_of(month_at) as month_number,
    avg(weight) filter (where calendar = 'shopping') as season,
    avg(weight) filter (where calendar = 'business') as business_season,
    slump_of(month_number_of(month_at)) as slump,
    -- The cycle's factor of the hazard in this month and the eight after it:
    -- who stops paying in one of them is 90 days past due within twelve.
    list_transform(range(9), lambda ahead: exp(
        getvariable('hazard_slump')
        * slump_of(month_number_of(month_at) + ahead)
    ))::double[9] as slump_path
from calendar_days
group by month_at;
