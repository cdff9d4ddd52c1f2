-- grain: one row per invoice issued or received by a business

with

source as (
    select * from {{ source('payments', 'invoices') }}
),

renamed as (
    select
        invoice_id,
        subject_id,
        counterparty_id,
        direction,
        status,
        currency,
        net_amount,
        tax_amount,
        issued_at,
        known_at
    from source
)

select * from renamed
