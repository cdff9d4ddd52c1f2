-- grain: one row per order, with the number of its lines
select count(*) as value
from marketplace_order_items
group by order_id
