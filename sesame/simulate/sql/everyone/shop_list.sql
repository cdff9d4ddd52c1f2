-- All shops, ranked by appeal within their category; every block reads it.
create table shop_list as
select
    *,
    row_number() over (
        partition by category_number order by appeal desc, shop_id asc
    ) - 1 as rank,
    count(*) over (partition by category_number) as shops
from all_shops;

create table shop_counts as
select
    category_number,
    count(*) as shops
from all_shops
group by category_number;

-- Those that fake orders, in an order of their own.
create table brushing_list as
select
    *,
    row_number() over (order by shop_id) - 1 as brushing_rank
from shop_list
where is_brushing;
