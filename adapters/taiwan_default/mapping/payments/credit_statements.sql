-- grain: one row per client and month
with

months as (
    select * from statements
),

credit_statements as (
    select
        source_row as _source_clients,
        'taiwan_default:statement:'
        || client_id
        || ':'
        || strftime(statement_date, '%Y-%m') as statement_id,
        'taiwan_default:card:' || client_id as account_id,
        'taiwan_default:client:' || client_id as subject_id,
        'TWD' as currency,
        cast(status as varchar) as lender_status,
        limit_amount,
        billed_amount as balance_amount,
        paid_amount,
        -- The bank counts in months late; -2, -1 and 0 are none.
        30 * greatest(status, 0) as days_past_due,
        cast(statement_date as timestamp) as statement_at,
        -- A payment is over at the end of the month after the statement's.
        cast(
            if(
                paid_amount is null,
                statement_date,
                last_day(statement_date + interval 1 day)
            ) as timestamp
        ) as known_at
    from months
)

select * from credit_statements
