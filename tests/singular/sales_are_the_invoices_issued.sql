-- Protects int_business__trade_months, and through it the sales of
-- business_fulfilment_capacity. Added up again from the invoices by their
-- timestamps: a rollup that fans out at a join, forgets a reversing invoice
-- or looks a day too far would inflate sales, and nothing else would show it.

with

trade_months as (
    select * from {{ ref('int_business__trade_months') }}
    where direction = 'issued'
),

invoices as (
    select * from {{ ref('stg_payments__invoices') }}
    where direction = 'issued' and status in ('valid', 'reversed')
),

currencies as (
    select * from {{ ref('currencies') }}
),

sales as (
    select
        subject_id,
        as_of_date,
        sum(net_reference_amount) as net_reference_amount
    from trade_months
    group by subject_id, as_of_date
    having sum(unconverted_count) = 0
),

added_up as (
    select
        sales.subject_id,
        sales.as_of_date,
        sum(
            {{ reference_amount(
                'invoices.net_amount', 'currencies.reference_units'
            ) }}
        ) as net_reference_amount
    from sales
    inner join invoices
        on
            sales.subject_id = invoices.subject_id
            and sales.as_of_date > invoices.issued_at
            and sales.as_of_date > invoices.known_at
            and {{ add_months('sales.as_of_date', -12) }}
            <= invoices.issued_at
            and sales.subject_id
            <> coalesce(invoices.counterparty_id, '')
    inner join currencies on invoices.currency = currencies.currency
    group by sales.subject_id, sales.as_of_date
),

failures as (
    select
        sales.subject_id,
        sales.as_of_date,
        sales.net_reference_amount,
        added_up.net_reference_amount as added_up_reference_amount
    from sales
    left join added_up
        on
            sales.subject_id = added_up.subject_id
            and sales.as_of_date = added_up.as_of_date
    where
        sales.net_reference_amount
        <> coalesce(added_up.net_reference_amount, 0)
)

select * from failures
