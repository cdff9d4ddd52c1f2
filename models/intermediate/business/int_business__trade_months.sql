-- grain: one row per business, as-of date, direction of invoices and month back

{%- set window_months = 12 %}

with

measured_subjects as (
    select * from {{ ref('int_measured_subjects') }}
    where subject_kind = 'business'
),

invoices as (
    select * from {{ ref('int_business__invoices') }}
),

-- Not cut to a window: invoices older than it add to no sum, but make a firm
-- that issued none in the window one that sold 0, and not one of which nothing
-- is known. They stand in the window's first month.
months as (
    select
        measured_subjects.subject_id,
        measured_subjects.as_of_date,
        invoices.direction,
        {{ month_back(
            'invoices.event_date',
            'measured_subjects.as_of_date',
            window_months
        ) }} as month_back,
        {{ window_sum('invoices', 'invoices_count', window_months) }}
            as invoices_count,
        {{ window_sum('invoices', 'valid_count', window_months) }}
            as valid_count,
        {{ window_sum('invoices', 'voided_count', window_months) }}
            as voided_count,
        {{ window_sum('invoices', 'reversed_count', window_months) }}
            as reversed_count,
        {{ window_sum('invoices', 'unconverted_count', window_months) }}
            as unconverted_count,
        {{ window_sum('invoices', 'net_reference_amount', window_months) }}
            as net_reference_amount
    from measured_subjects
    inner join invoices on {{ seen('invoices') }}
    group by
        measured_subjects.subject_id,
        measured_subjects.as_of_date,
        invoices.direction,
        month_back
)

select * from months
