-- grain: one row per business and as-of date with invoices known by then

{%- set window_months = 12 %}

with

businesses as (
    select * from {{ ref('int_scoring_subjects') }}
    where subject_kind = 'business'
),

invoice_days as (
    select * from {{ ref('int_business__invoice_days') }}
),

-- Older invoices stay in, without adding to a sum: a firm that issued none in
-- the window sold 0, one that never issued any sold null.
invoices as (
    select
        businesses.subject_id,
        businesses.as_of_date,
        invoice_days.direction,
        invoice_days.unconverted_count,
        invoice_days.net_reference_amount,
        {{ month_back(
            'invoice_days.event_date',
            'businesses.as_of_date',
            window_months
        ) }} as month_back,
        {{ in_window(
            'invoice_days.event_date',
            'businesses.as_of_date',
            window_months
        ) }} as is_in_window
    from businesses
    inner join invoice_days
        on
            businesses.subject_id = invoice_days.subject_id
            and {{ known_before('invoice_days', 'businesses') }}
),

months as (
    select
        subject_id,
        as_of_date,
        direction,
        month_back,
        max(case when is_in_window then 1 else 0 end) as is_in_window,
        sum(case when is_in_window then unconverted_count else 0 end)
            as unconverted_count,
        sum(case when is_in_window then net_reference_amount else 0 end)
            as net_reference_amount
    from invoices
    group by subject_id, as_of_date, direction, month_back
),

turnovers as (
    select
        *,
        sum(abs(net_reference_amount)) over (
            partition by subject_id, as_of_date, direction
        ) as turnover_reference_amount
    from months
),

-- A month's share of the turnover lies within -1 and 1, so that its square
-- fits a decimal whatever the amounts; sums of doubles differ between runs.
shares as (
    select
        *,
        cast(
            {{ ratio('net_reference_amount', 'turnover_reference_amount') }}
            as decimal(18, 10)
        ) as turnover_share_ratio
    from turnovers
),

totals as (
    select
        subject_id,
        as_of_date,
        max(case when direction = 'received' then is_in_window else 0 end)
            as has_received,
        -- since the first invoice, which may lie before the window
        max(case when direction = 'issued' then month_back end)
            as issued_months,
        sum(case when direction = 'issued' then unconverted_count else 0 end)
            as issued_unconverted_count,
        sum(case when direction = 'received' then unconverted_count else 0 end)
            as received_unconverted_count,
        sum(case when direction = 'issued' then net_reference_amount else 0 end)
            as issued_reference_amount,
        sum(
            case
                when
                    direction = 'issued'
                    and month_back <= {{ window_months }} - month_back
                    then net_reference_amount
                else 0
            end
        ) as issued_later_half_reference_amount,
        sum(
            case
                when direction = 'received' then net_reference_amount
                else 0
            end
        ) as received_reference_amount,
        sum(case when direction = 'issued' then turnover_share_ratio end)
            as issued_share_sum,
        sum(
            case
                when direction = 'issued'
                    then turnover_share_ratio * turnover_share_ratio
            end
        ) as issued_squared_share_sum
    from shares
    group by subject_id, as_of_date
),

windows as (
    select
        subject_id,
        as_of_date,
        issued_months,
        case
            when issued_unconverted_count = 0 and issued_months > 0
                then issued_reference_amount
        end as issued_reference_amount,
        -- to a firm without a first half the second is all
        case
            when
                issued_unconverted_count = 0
                and issued_months = {{ window_months }}
                then issued_later_half_reference_amount
        end as issued_later_half_reference_amount,
        case
            when has_received = 1 and received_unconverted_count = 0
                then received_reference_amount
        end as received_reference_amount,
        case
            when issued_unconverted_count = 0
                then
                    {{ variation(
                        'issued_share_sum',
                        'issued_squared_share_sum',
                        'issued_months'
                    ) }}
        end as issued_variation_ratio
    from totals
)

select * from windows
