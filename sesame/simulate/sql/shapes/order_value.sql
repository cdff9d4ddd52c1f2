-- grain: one row per order that was worth something
select cast(amount as double) as value
from marketplace_orders
where amount > 0
