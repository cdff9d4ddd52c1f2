-- Protects int_business__trade_windows, and through it the sales of
-- business_fulfilment_capacity. Added up again from the invoices by their
-- timestamps: a rollup that fans out at a join, forgets a reversing invoice
-- or looks a day too far would inflate sales, and nothing else would show it.

with

trade_windows as (
    select * from {{ ref('int_business__trade_windows') }}
    where issued_reference_amount is not null
),

invoices as (
    select * from {{ ref('stg_payments__invoices') }}
    where direction = 'issued' and status in ('valid', 'reversed')
),

currencies as (
    select * from {{ ref('currencies') }}
),

added_up as (
    select
        trade_windows.subject_id,
        trade_windows.as_of_date,
        sum(
            {{ reference_amount(
                'invoices.net_amount', 'currencies.reference_units'
            ) }}
        ) as issued_reference_amount
    from trade_windows
    inner join invoices
        on
            trade_windows.subject_id = invoices.subject_id
            and trade_windows.as_of_date > invoices.issued_at
            and trade_windows.as_of_date > invoices.known_at
            and {{ add_months('trade_windows.as_of_date', -12) }}
            <= invoices.issued_at
            and trade_windows.subject_id
            <> coalesce(invoices.counterparty_id, '')
    inner join currencies on invoices.currency = currencies.currency
    group by trade_windows.subject_id, trade_windows.as_of_date
),

failures as (
    select
        trade_windows.subject_id,
        trade_windows.as_of_date,
        trade_windows.issued_reference_amount,
        added_up.issued_reference_amount as added_up_reference_amount
    from trade_windows
    left join added_up
        on
            trade_windows.subject_id = added_up.subject_id
            and trade_windows.as_of_date = added_up.as_of_date
    where
        trade_windows.issued_reference_amount
        <> coalesce(added_up.issued_reference_amount, 0)
)

select * from failures
