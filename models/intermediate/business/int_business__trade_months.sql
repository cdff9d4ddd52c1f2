-- grain: one row per business, as-of date, direction of invoices and month back

{%- set window_months = 12 %}

with

measured_subjects as (
    select * from {{ ref('int_measured_subjects') }}
    where subject_kind = 'business'
),

invoice_days as (
    select * from {{ ref('int_business__invoice_days') }}
),

-- Not cut to a window: invoices older than it add to no sum, but make a firm
-- that issued none in the window one that sold 0, and not one of which nothing
-- is known. They stand in the window's first month.
months as (
    select
        measured_subjects.subject_id,
        measured_subjects.as_of_date,
        invoice_days.direction,
        {{ month_back(
            'invoice_days.event_date',
            'measured_subjects.as_of_date',
            window_months
        ) }} as month_back,
        {{ window_sum('invoice_days', 'invoices_count', window_months) }}
            as invoices_count,
        {{ window_sum('invoice_days', 'valid_count', window_months) }}
            as valid_count,
        {{ window_sum('invoice_days', 'voided_count', window_months) }}
            as voided_count,
        {{ window_sum('invoice_days', 'reversed_count', window_months) }}
            as reversed_count,
        {{ window_sum('invoice_days', 'unconverted_count', window_months) }}
            as unconverted_count,
        {{ window_sum('invoice_days', 'net_reference_amount', window_months) }}
            as net_reference_amount
    from measured_subjects
    inner join invoice_days on {{ seen('invoice_days') }}
    group by
        measured_subjects.subject_id,
        measured_subjects.as_of_date,
        invoice_days.direction,
        month_back
)

select * from months
