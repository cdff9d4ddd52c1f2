-- Four firms in five run a shop, some two. They open before the simulated time
-- or in it, and close for good when the firm goes bankrupt, or half a year
-- after it stopped paying.
create table shops as
with opened as (
    select
        *,
        unnest(range(case
            when u(k, 31) < 0.2 then 0 when u(k, 31) < 0.9 then 1 else 2
        end)) as counter
    from people
    where not is_consumer
),

dated as (
    select
        *,
        greatest(
            founding_date::timestamp,
            if(
                counter = 0,
                registered_at - to_days(floor(200 * u(k, 34))::integer),
                registered_at + to_days(floor(500 * u(k, 34))::integer)
            )
        ) as opened_at
    from opened
)

select
    dated.n,
    dated.subject_id,
    dated.registered_at,
    dated.reliability,
    's' || dated.n::varchar || '.' || dated.counter::varchar as shop_id,
    1 + floor(12 * u(dated.k, 32 + dated.counter))::integer as category_number,
    dated.opened_at,
    month_number_of(dated.opened_at) as opened_month,
    least(fates.bankruptcy_month, fates.default_month + 6) as closed_month,
    -- Buyers choose by rank: the active and reliable come first, with luck.
    0.8 * dated.activity + 0.5 * dated.reliability
    + z(dated.k, 35 + dated.counter) as appeal,
    -- Some buy from themselves, to look busier than they are.
    u(dated.k, 38) < logistic(-2.6 - 0.9 * dated.reliability) as is_brushing
from dated
inner join fates on dated.n = fates.n;
