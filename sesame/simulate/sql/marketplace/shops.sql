select
    shop_id,
    subject_id,
    category_id,
    opened_at,
    known(opened_at, registered_at) as known_at
from shop_list
