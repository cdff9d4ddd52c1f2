-- grain: one row per firm, direction, invoice number and day

with

invoices as (
    select
        'received' as direction,
        'supplier' as counterparty_role,
        source_row as _source_invoices_received,
        null as _source_invoices_issued,
        * exclude (source_row)
    from source_invoices_received
    where excluded_because is null
    union all
    select
        'issued' as direction,
        'buyer' as counterparty_role,
        null as _source_invoices_received,
        source_row as _source_invoices_issued,
        * exclude (source_row)
    from source_invoices_issued
    where excluded_because is null
),

mapped as (
    select
        'cumcm_invoices:' || firm_code || ':' || direction || ':'
        || invoice_number || ':' || strftime(issued_at, '%Y-%m-%d')
            as invoice_id,
        'cumcm_invoices:firm:' || firm_code as subject_id,
        'cumcm_invoices:' || counterparty_role || ':' || counterparty_code
            as counterparty_id,
        direction,
        -- A voided red invoice is voided: it reversed nothing.
        case
            when status_word = '作废发票' then 'voided'
            when net_amount < 0 then 'reversed'
            else 'valid'
        end as status,
        'CNY' as currency,
        net_amount,
        tax_amount,
        issued_at,
        _source_invoices_received,
        _source_invoices_issued
    from invoices
)

select * from mapped
