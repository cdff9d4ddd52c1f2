-- grain: one row per row of the rollup of statements

{{ config(materialized='view') }}

with

statement_days as (
    select * from {{ ref('int_payments__credit_statement_days') }}
),

accounts as (
    select * from {{ ref('stg_payments__credit_accounts') }}
),

-- The account keeps a clock of its own: a statement known before its account
-- counts as a statement, but not yet as one of a card.
account_statement_days as (
    select
        statement_days.*,
        accounts.kind as account_kind,
        cast(accounts.known_at as date) as account_known_date
    from statement_days
    left join accounts on statement_days.account_id = accounts.account_id
)

select * from account_statement_days
