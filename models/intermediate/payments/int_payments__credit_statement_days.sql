-- grain: one row per subject, account, date of the statement, date known and whether there is a limit

{%- set changes = [
    {'domain': 'payments', 'table': 'credit_statements',
        'event_at': 'statement_at'},
] %}

{{ rollup(changes) }}

with

statements as (
    select * from {{ ref('stg_payments__credit_statements') }}
    where {{ in_changed_days(changes, 'statement_at') }}
),

currencies as (
    select * from {{ ref('currencies') }}
),

described as (
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
            'greatest(statements.balance_amount, 0)',
            'currencies.reference_units'
        ) }} as billed_reference_amount,
        {{ reference_amount(
            'statements.paid_amount', 'currencies.reference_units'
        ) }} as paid_reference_amount,
        cast(statements.statement_at as date) as event_date,
        cast(statements.known_at as date) as known_date,
        statements.limit_amount is not null as has_limit
    from statements
    left join currencies on statements.currency = currencies.currency
),

days as (
    select
        subject_id,
        account_id,
        event_date,
        known_date,
        has_limit,
        count(*) as statements_count,
        count(days_past_due) as rated_count,
        count(case when days_past_due = 0 then 1 end) as on_time_count,
        count(case when days_past_due > 0 then 1 end) as late_count,
        count(case when days_past_due >= 30 then 1 end) as late_30_count,
        count(case when days_past_due >= 60 then 1 end) as late_60_count,
        count(case when days_past_due >= 90 then 1 end) as late_90_count,
        max(days_past_due) as worst_days_past_due,
        count(utilisation_ratio) as utilisation_count,
        sum(utilisation_ratio) as utilisation_sum,
        max(utilisation_ratio) as utilisation_peak_ratio,
        count(
            case
                when
                    paid_amount is not null
                    and due_amount is not null
                    then 1
            end
        ) as minimum_known_count,
        count(
            case
                when
                    paid_amount <= due_amount
                    and balance_amount > due_amount
                    then 1
            end
        ) as minimum_payment_count,
        count(paid_amount) as paid_known_count,
        count(
            case
                when paid_amount >= balance_amount and balance_amount > 0
                    then 1
            end
        ) as full_payment_count,
        count(
            case
                when
                    paid_amount is not null
                    and billed_reference_amount is null
                    then 1
            end
        ) as unconverted_count,
        sum(
            case
                when paid_amount is not null then billed_reference_amount
            end
        ) as billed_reference_amount,
        sum(paid_reference_amount) as paid_reference_amount
    from described
    group by
        subject_id,
        account_id,
        event_date,
        known_date,
        has_limit
)

select * from days
