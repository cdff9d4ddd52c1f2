-- grain: one row, the shop whose invoices these are

select
    'online_retail:shop' as shop_id,
    'online_retail:shop' as subject_id,
    period_start() as opened_at,
    period_start() as known_at
