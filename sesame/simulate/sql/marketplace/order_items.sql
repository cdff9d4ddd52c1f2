select
    order_id || '.' || line::varchar as order_item_id,
    order_id,
    subject_id,
    category_id,
    brand_id,
    'CNY' as currency,
    quantity::decimal(18, 3) as quantity,
    unit_price_amount::decimal(18, 4) as unit_price_amount,
    ordered_at,
    known(ordered_at, registered_at) as known_at
from purchase_lines
