-- grain: one row per invoice

{{ config(materialized='view') }}

with

invoices as (
    select * from {{ ref('stg_payments__invoices') }}
),

currencies as (
    select * from {{ ref('currencies') }}
),

converted as (
    select
        invoices.subject_id,
        invoices.direction,
        invoices.counterparty_id,
        invoices.status,
        {{ reference_amount(
            'invoices.net_amount', 'currencies.reference_units'
        ) }} as net_reference_amount,
        cast(invoices.issued_at as date) as event_date,
        cast(invoices.known_at as date) as known_date
    from invoices
    left join currencies on invoices.currency = currencies.currency
    -- what a firm bills itself is no trade, and would buy it a buyer
    where
        invoices.counterparty_id is null
        or invoices.counterparty_id <> invoices.subject_id
),

-- A voided invoice never took effect: it counts as issued and as voided, and
-- its amount nowhere. A reversing (red) one is negative and is summed with
-- the valid ones, so that the sale it takes back is no sale.
measured as (
    select
        subject_id,
        direction,
        counterparty_id,
        event_date,
        known_date,
        1 as invoices_count,
        case when status = 'valid' then 1 else 0 end as valid_count,
        case when status = 'voided' then 1 else 0 end as voided_count,
        case when status = 'reversed' then 1 else 0 end as reversed_count,
        case
            when status <> 'voided' and net_reference_amount is null then 1
            else 0
        end as unconverted_count,
        case when status <> 'voided' then net_reference_amount else 0 end
            as net_reference_amount
    from converted
)

select * from measured
