-- Four firms in five run a shop, some two. Popular shops come first: buyers
-- choose by position (base/purchases.sql).
create table shop_list as
with opened as (
    select
        *,
        unnest(range(case
            when u(k, 31) < 0.2 then 0 when u(k, 31) < 0.9 then 1 else 2
        end)) as counter
    from people
    where not is_consumer
)

select
    n,
    subject_id,
    registered_at,
    reliability,
    's' || n::varchar || '.' || counter::varchar as shop_id,
    'k' || (10 + floor(12 * u(k, 32 + counter)))::integer as category_id,
    greatest(
        founding_date::timestamp,
        registered_at - to_days(floor(200 * u(k, 34))::integer)
    ) as opened_at,
    row_number() over (
        order by 0.8 * activity + 0.5 * reliability + z(k, 35) desc, n, counter
    ) - 1 as position,
    count(*) over () as shops
from opened;
