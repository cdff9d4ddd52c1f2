-- grain: one row per statement

{{ config(materialized='view') }}

with

statements as (
    select * from {{ ref('int_payments__credit_statements') }}
),

accounts as (
    select * from {{ ref('stg_payments__credit_accounts') }}
),

-- The account keeps a clock of its own: a statement known before its account
-- counts as a statement, but not yet as one of a card.
account_statements as (
    select
        statements.*,
        accounts.kind as account_kind,
        cast(accounts.known_at as date) as account_known_date
    from statements
    left join accounts on statements.account_id = accounts.account_id
)

select * from account_statements
