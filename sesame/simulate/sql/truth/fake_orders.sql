select
    order_id,
    subject_id,
    shop_id
from purchases
where is_fake
order by order_id
