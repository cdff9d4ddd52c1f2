-- grain: one row per credit note (invoice C…) that returns goods

with

lines as (
    select *
    from source_lines
    where excluded_because is null and is_credit_note
),

refunds as (
    select
        'online_retail:invoice:' || invoice_number as case_id,
        'online_retail:customer:' || customer_number as subject_id,
        'online_retail:shop' as shop_id,
        'GBP' as currency,
        'refund' as kind,
        'granted' as outcome,
        cast(-sum(quantity * unit_price_amount) as decimal(18, 2)) as amount,
        invoiced_at as opened_at,
        date_trunc('day', invoiced_at) + interval 1 day as known_at,
        list(source_row order by source_row) as _source_lines
    from lines
    group by invoice_number, customer_number, invoiced_at
)

select * from refunds
