-- grain: one row per purchase, which names one brand

with

purchases as (
    select *
    from source_actions
    where excluded_because is null and type_code = 1
),

order_items as (
    select
        action_id as order_item_id,
        action_id as order_id,
        subject_id,
        brand_id,
        'CNY' as currency,
        1 as quantity,
        cast(null as decimal(18, 4)) as unit_price_amount,
        acted_at as ordered_at,
        source_row as _source_actions
    from purchases
)

select * from order_items
