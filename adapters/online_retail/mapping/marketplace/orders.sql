-- grain: one row per invoice with goods of a known customer

with

lines as (
    select *
    from source_lines
    where excluded_because is null and not is_credit_note
),

orders as (
    select
        'online_retail:invoice:' || invoice_number as order_id,
        'online_retail:customer:' || customer_number as subject_id,
        'online_retail:shop' as shop_id,
        'GBP' as currency,
        cast(sum(quantity * unit_price_amount) as decimal(18, 2)) as amount,
        'completed' as status,
        invoiced_at as ordered_at,
        date_trunc('day', invoiced_at) + interval 1 day as known_at
    from lines
    group by invoice_number, customer_number, invoiced_at
)

select * from orders
