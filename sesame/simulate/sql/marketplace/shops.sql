select
    shop_id,
    subject_id,
    'k' || (9 + category_number)::varchar as category_id,
    opened_at,
    known(opened_at, registered_at) as known_at
from shops
