-- grain: one row per line of an invoice with goods

with

lines as (
    select *
    from source_lines
    where excluded_because is null and not is_credit_note
),

order_items as (
    select
        'online_retail:line:' || invoice_number || ':' || row_number() over (
            partition by invoice_number order by source_row
        ) as order_item_id,
        'online_retail:invoice:' || invoice_number as order_id,
        'online_retail:customer:' || customer_number as subject_id,
        'GBP' as currency,
        quantity,
        unit_price_amount,
        invoiced_at as ordered_at,
        date_trunc('day', invoiced_at) + interval 1 day as known_at,
        source_row as _source_lines
    from lines
)

select * from order_items
