-- grain: one row per business and as-of date with invoices issued by then

with

trade_months as (
    select * from {{ ref('int_business__trade_months') }}
    where direction = 'issued'
),

-- A firm that issued none in the window was active in 0 months, one that never
-- issued any has no row.
measured as (
    select
        subject_id,
        as_of_date,
        {{ ratio('sum(voided_count)', 'sum(invoices_count)') }}
            as firm_void_invoice_ratio_12m,
        {{ ratio('sum(reversed_count)', 'sum(invoices_count)') }}
            as firm_reversed_invoice_ratio_12m,
        count(case when valid_count > 0 then 1 end) as firm_active_months_12m,
        sum(valid_count) as firm_valid_invoice_count_12m
    from trade_months
    group by subject_id, as_of_date
)

select * from measured
