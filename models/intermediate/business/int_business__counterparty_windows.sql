-- grain: one row per business, as-of date and direction of invoices

with

businesses as (
    select * from {{ ref('int_measured_subjects') }}
    where subject_kind = 'business'
),

invoices as (
    select * from {{ ref('int_business__invoices') }}
    where counterparty_id is not null
),

-- Older invoices stay in, without adding to a count: a firm that invoiced
-- nobody in the window has 0 buyers, one that never did has null.
known_invoices as (
    select
        businesses.subject_id,
        businesses.as_of_date,
        invoices.direction,
        invoices.counterparty_id,
        invoices.valid_count,
        invoices.unconverted_count,
        invoices.net_reference_amount,
        {{ month_back(
            'invoices.event_date', 'businesses.as_of_date', 12
        ) }} as month_back,
        {{ in_window(
            'invoices.event_date', 'businesses.as_of_date', 12
        ) }} as is_in_window
    from businesses
    inner join invoices
        on
            businesses.subject_id = invoices.subject_id
            and {{ known_before('invoices', 'businesses') }}
),

counterparties as (
    select
        subject_id,
        as_of_date,
        direction,
        counterparty_id,
        sum(case when is_in_window then valid_count else 0 end) as valid_count,
        bit_count(bit_or(
            case
                when is_in_window and valid_count > 0
                    then {{ bit_of('month_back') }}
                else 0
            end
        )) as months_count,
        sum(case when is_in_window then unconverted_count else 0 end)
            as unconverted_count,
        -- One whose invoices were all taken back has no share of the trade.
        greatest(
            sum(case when is_in_window then net_reference_amount else 0 end), 0
        ) as net_reference_amount
    from known_invoices
    group by subject_id, as_of_date, direction, counterparty_id
),

totals as (
    select
        *,
        sum(net_reference_amount) over (
            partition by subject_id, as_of_date, direction
        ) as total_reference_amount
    from counterparties
),

-- Squares of shares fit a decimal whatever the amounts; sums of doubles
-- differ between runs.
shares as (
    select
        *,
        {{ double_to_decimal(
            ratio('net_reference_amount', 'total_reference_amount'), 18, 10
        ) }} as share_ratio
    from totals
),

windows as (
    select
        subject_id,
        as_of_date,
        direction,
        count(case when valid_count > 0 then 1 end) as counterparties_count,
        count(case when months_count > 1 then 1 end)
            as repeat_counterparties_count,
        case
            when sum(unconverted_count) = 0
                then sum(share_ratio * share_ratio)
        end as concentration_ratio
    from shares
    group by subject_id, as_of_date, direction
)

select * from windows
