-- grain: one row per customer and shop, with the orders of the last year
-- A shop sees a year of its own customers, a marketplace all shops: only per
-- shop do the two compare.
with last_moments as (
    select max(ordered_at) as end_at
    from marketplace_orders
)

select count(*) as value
from marketplace_orders
cross join last_moments
where marketplace_orders.ordered_at > last_moments.end_at - interval 12 months
group by marketplace_orders.subject_id, marketplace_orders.shop_id
