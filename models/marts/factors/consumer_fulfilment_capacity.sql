-- grain: one row per consumer and as-of date

{%- set counts = [
    'salary_active_months_12m',
    'overdrawn_readings_count_12m',
    'social_insurance_months_24m',
    'property_count',
] %}
{%- set shares = [
    'deposits_returned_ratio_24m',
] %}
{%- set measures = [
    'balance_mean_6m',
    'balance_minimum_6m',
    'buffer_months_6m',
    'inflow_monthly_mean_6m',
    'inflow_variation_ratio_6m',
    'net_cash_flow_ratio_6m',
    'holdings_value_6m',
] %}
{%- set categories = [
    'checking_account_level',
    'savings_level',
    'property_level',
    'instalment_burden_level',
] %}

with

consumers as (
    select * from {{ ref('int_scoring_subjects') }}
    where subject_kind = 'consumer'
),

balance_days as (
    select * from {{ ref('int_payments__balance_days') }}
),

wallet_days as (
    select * from {{ ref('int_payments__wallet_days') }}
),

holding_days as (
    select * from {{ ref('int_payments__holding_days') }}
),

deposit_days as (
    select * from {{ ref('int_payments__deposit_days') }}
),

insurance_months as (
    select * from {{ ref('int_public_records__social_insurance_months') }}
),

asset_days as (
    select * from {{ ref('int_public_records__asset_days') }}
),

reported_attributes as (
    select * from {{ ref('int_partners__reported_attributes') }}
),

reported as (
    {{ pivot_reported('reported_attributes', counts + shares + measures,
        categories) }}
),

-- Not cut to a window: whoever ever had a balance has counts, if need be of zero.
balance_sums as (
    select
        consumers.subject_id,
        consumers.as_of_date,
        {{ window_sum('balance_days', 'readings_count', 6) }}
            as readings_6m,
        {{ window_sum('balance_days', 'unconverted_count', 6) }}
            as unconverted_6m,
        {{ window_sum('balance_days', 'balance_reference_amount', 6) }}
            as balance_6m,
        min({{ window_value('balance_days', 'minimum_reference_amount', 6) }}) as minimum_6m,
        {{ window_sum('balance_days', 'below_zero_count', 12) }}
            as overdrawn_readings_count_12m
    from consumers
    inner join balance_days
        on {{ seen('balance_days') }}
    group by consumers.subject_id, consumers.as_of_date
),

wallet_sums as (
    select
        consumers.subject_id,
        consumers.as_of_date,
        {{ month_back('min(wallet_days.event_date)',
            'consumers.as_of_date', 6) }} as observed_months_6m,
        {{ window_sum('wallet_days', 'transactions_count', 6) }}
            as transactions_6m,
        {{ window_sum('wallet_days', 'unconverted_count', 6) }}
            as unconverted_6m,
        {{ window_sum('wallet_days', 'in_reference_amount', 6) }}
            as in_6m,
        {{ window_sum('wallet_days', 'out_reference_amount', 6) }}
            as out_6m,
        {{ active_months('wallet_days', 'salary_count', 12) }}
            as salary_active_months_12m
    from consumers
    inner join wallet_days
        on {{ seen('wallet_days') }}
    group by consumers.subject_id, consumers.as_of_date
),

-- Month totals in whole units of currency: their squares fit a decimal.
inflow_months as (
    select
        consumers.subject_id,
        consumers.as_of_date,
        {{ month_back('wallet_days.event_date',
            'consumers.as_of_date', 6) }} as month_number,
        cast(sum(wallet_days.in_reference_amount) as decimal(19, 0))
            as month_amount
    from consumers
    inner join wallet_days
        on {{ seen('wallet_days', 6) }}
    group by
        consumers.subject_id,
        consumers.as_of_date,
        {{ month_back('wallet_days.event_date',
            'consumers.as_of_date', 6) }}
),

inflow_squares as (
    select
        subject_id,
        as_of_date,
        sum(month_amount) as amount_6m,
        sum(month_amount * month_amount) as squares_6m
    from inflow_months
    group by subject_id, as_of_date
),

latest_holdings as (
    select
        consumers.subject_id,
        consumers.as_of_date,
        holding_days.holding_kind,
        max(holding_days.event_date) as event_date
    from consumers
    inner join holding_days
        on {{ seen('holding_days', 6) }}
    group by
        consumers.subject_id,
        consumers.as_of_date,
        holding_days.holding_kind
),

holding_sums as (
    select
        latest_holdings.subject_id,
        latest_holdings.as_of_date,
        sum(holding_days.unconverted_count) as unconverted_6m,
        sum(holding_days.value_reference_amount) as value_6m
    from latest_holdings
    inner join holding_days
        on
            latest_holdings.subject_id = holding_days.subject_id
            and latest_holdings.holding_kind = holding_days.holding_kind
            and latest_holdings.event_date = holding_days.event_date
            and latest_holdings.as_of_date > holding_days.known_date
    group by latest_holdings.subject_id, latest_holdings.as_of_date
),

deposit_sums as (
    select
        consumers.subject_id,
        consumers.as_of_date,
        sum(deposit_days.deposits_count) as deposits_24m,
        sum(deposit_days.returned_count) as returned_24m
    from consumers
    inner join deposit_days
        on {{ seen('deposit_days', 24) }}
    group by consumers.subject_id, consumers.as_of_date
),

insurance_sums as (
    select
        consumers.subject_id,
        consumers.as_of_date,
        count(
            distinct {{ window_value('insurance_months', 'event_date', 24) }}
        ) as social_insurance_months_24m
    from consumers
    inner join insurance_months
        on {{ seen('insurance_months') }}
    group by consumers.subject_id, consumers.as_of_date
),

asset_sums as (
    select
        consumers.subject_id,
        consumers.as_of_date,
        sum(
            case
                when asset_days.disposed_date < consumers.as_of_date then 0
                else asset_days.assets_count
            end
        ) as property_count
    from consumers
    inner join asset_days
        on {{ seen('asset_days') }}
    group by consumers.subject_id, consumers.as_of_date
),

measured as (
    select
        consumers.subject_id,
        consumers.as_of_date,
        case
            when balance_sums.unconverted_6m = 0
                then {{ ratio('balance_sums.balance_6m',
                    'balance_sums.readings_6m') }}
        end as balance_mean_6m,
        case
            when balance_sums.unconverted_6m = 0
                then cast(balance_sums.minimum_6m as double)
        end as balance_minimum_6m,
        case
            when
                balance_sums.unconverted_6m = 0
                and wallet_sums.unconverted_6m = 0
                then
                    {{ ratio('balance_sums.balance_6m',
                        'balance_sums.readings_6m') }}
                    * {{ ratio('wallet_sums.observed_months_6m',
                        'wallet_sums.out_6m') }}
        end as buffer_months_6m,
        case
            when
                wallet_sums.transactions_6m > 0
                and wallet_sums.unconverted_6m = 0
                then {{ ratio('wallet_sums.in_6m',
                    'wallet_sums.observed_months_6m') }}
        end as inflow_monthly_mean_6m,
        case
            when wallet_sums.unconverted_6m = 0
                then {{ variation('inflow_squares.amount_6m',
                    'inflow_squares.squares_6m',
                    'wallet_sums.observed_months_6m') }}
        end as inflow_variation_ratio_6m,
        case
            when wallet_sums.unconverted_6m = 0
                then {{ ratio('(wallet_sums.in_6m - wallet_sums.out_6m)',
                    'wallet_sums.in_6m') }}
        end as net_cash_flow_ratio_6m,
        wallet_sums.salary_active_months_12m,
        balance_sums.overdrawn_readings_count_12m,
        case
            when holding_sums.unconverted_6m = 0
                then cast(holding_sums.value_6m as double)
        end as holdings_value_6m,
        insurance_sums.social_insurance_months_24m,
        asset_sums.property_count,
        {{ ratio('deposit_sums.returned_24m', 'deposit_sums.deposits_24m') }}
            as deposits_returned_ratio_24m
    from consumers
    left join balance_sums on {{ same_score('balance_sums') }}
    left join wallet_sums on {{ same_score('wallet_sums') }}
    left join inflow_squares on {{ same_score('inflow_squares') }}
    left join holding_sums on {{ same_score('holding_sums') }}
    left join deposit_sums on {{ same_score('deposit_sums') }}
    left join insurance_sums on {{ same_score('insurance_sums') }}
    left join asset_sums on {{ same_score('asset_sums') }}
),

attributes as (
    select
        measured.subject_id,
        measured.as_of_date,
        {{ attribute_columns(counts=counts,
            shares=shares,
            measures=measures,
            categories=categories) }}
    from measured
    left join reported on {{ same_score('reported', 'measured') }}
)

select * from attributes
