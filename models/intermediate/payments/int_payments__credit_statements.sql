-- grain: one row per statement

{{ config(materialized='view') }}

with

statements as (
    select * from {{ ref('stg_payments__credit_statements') }}
),

currencies as (
    select * from {{ ref('currencies') }}
),

converted as (
    select
        statements.subject_id,
        statements.account_id,
        statements.days_past_due,
        statements.balance_amount,
        statements.due_amount,
        statements.paid_amount,
        -- each statement's own ratio as a decimal: sums of doubles differ
        -- from run to run
        {{ double_to_decimal(
            ratio(
                'greatest(statements.balance_amount, 0)',
                'statements.limit_amount'
            ), 28, 10
        ) }} as utilisation_ratio,
        {{ reference_amount(
            'statements.limit_amount', 'currencies.reference_units'
        ) }} as limit_reference_amount,
        {{ reference_amount(
            'greatest(statements.balance_amount, 0)',
            'currencies.reference_units'
        ) }} as balance_reference_amount,
        {{ reference_amount(
            'statements.paid_amount', 'currencies.reference_units'
        ) }} as paid_reference_amount,
        cast(statements.statement_at as date) as event_date,
        cast(statements.known_at as date) as known_date,
        statements.limit_amount is not null as has_limit
    from statements
    left join currencies on statements.currency = currencies.currency
),

measured as (
    select
        subject_id,
        account_id,
        days_past_due,
        utilisation_ratio,
        limit_reference_amount,
        balance_reference_amount,
        paid_reference_amount,
        event_date,
        known_date,
        has_limit,
        1 as statements_count,
        case when paid_amount is not null then balance_reference_amount end
            as billed_reference_amount,
        case when balance_reference_amount is null then 1 else 0 end
            as without_rate_count,
        case when days_past_due is not null then 1 else 0 end as rated_count,
        case when days_past_due = 0 then 1 else 0 end as on_time_count,
        case when days_past_due > 0 then 1 else 0 end as late_count,
        case when days_past_due >= 30 then 1 else 0 end as late_30_count,
        case when days_past_due >= 60 then 1 else 0 end as late_60_count,
        case when days_past_due >= 90 then 1 else 0 end as late_90_count,
        case when utilisation_ratio is not null then 1 else 0 end
            as utilisation_count,
        case
            when paid_amount is not null and due_amount is not null then 1
            else 0
        end as minimum_known_count,
        case
            when paid_amount <= due_amount and balance_amount > due_amount
                then 1
            else 0
        end as minimum_payment_count,
        case when paid_amount is not null then 1 else 0 end
            as paid_known_count,
        case
            when paid_amount >= balance_amount and balance_amount > 0 then 1
            else 0
        end as full_payment_count,
        case
            when
                paid_amount is not null
                and balance_reference_amount is null
                then 1
            else 0
        end as unconverted_count
    from converted
)

select * from measured
