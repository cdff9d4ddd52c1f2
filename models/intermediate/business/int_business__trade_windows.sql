-- grain: one row per business and as-of date with invoices issued by then

{%- set window_months = 12 %}

with

trade_months as (
    select * from {{ ref('int_business__trade_months') }}
),

turnovers as (
    select
        *,
        sum(abs(net_reference_amount)) over (
            partition by subject_id, as_of_date, direction
        ) as turnover_reference_amount
    from trade_months
),

-- A month's share of the turnover lies within -1 and 1, so that its square
-- fits a decimal whatever the amounts; sums of doubles differ between runs.
shares as (
    select
        *,
        {{ double_to_decimal(
            ratio('net_reference_amount', 'turnover_reference_amount'), 18, 10
        ) }} as turnover_share_ratio
    from turnovers
),

-- Months count from the first invoice, which may lie before the window.
totals as (
    select
        subject_id,
        as_of_date,
        direction,
        max(month_back) as observed_months,
        sum(invoices_count) as invoices_count,
        sum(unconverted_count) as unconverted_count,
        sum(net_reference_amount) as net_reference_amount,
        sum(
            case
                when month_back <= {{ window_months }} - month_back
                    then net_reference_amount
                else 0
            end
        ) as later_half_reference_amount,
        sum(turnover_share_ratio) as share_sum,
        sum(turnover_share_ratio * turnover_share_ratio) as squared_share_sum
    from shares
    group by subject_id, as_of_date, direction
),

issued as (
    select * from totals
    where direction = 'issued'
),

received as (
    select * from totals
    where direction = 'received'
),

-- An amount in an unknown currency leaves no amount to trust. To a firm
-- without a first half of the window the later half is all.
measured as (
    select
        issued.subject_id,
        issued.as_of_date,
        case
            when issued.unconverted_count = 0
                then {{ ratio('issued.net_reference_amount',
                    'issued.observed_months') }}
        end as firm_sales_monthly_mean_12m,
        case
            when
                issued.unconverted_count = 0
                and issued.observed_months = {{ window_months }}
                then {{ ratio('issued.later_half_reference_amount',
                    'issued.net_reference_amount') }}
        end as firm_sales_trend_ratio_12m,
        case
            when issued.unconverted_count = 0
                then {{ variation('issued.share_sum',
                    'issued.squared_share_sum', 'issued.observed_months') }}
        end as firm_sales_variation_ratio_12m,
        case
            when
                issued.unconverted_count = 0
                and received.unconverted_count = 0
                and received.invoices_count > 0
                then {{ ratio('received.net_reference_amount',
                    'issued.net_reference_amount') }}
        end as firm_purchase_to_sales_ratio_12m
    from issued
    left join received on {{ same_score('received', 'issued') }}
)

select * from measured
