-- grain: one row per client, owners and disponents alike
-- A client belongs to exactly one account, so the joins keep one row each.
with

clients as (
    select * from source_client
    where excluded_because is null
),

dispositions as (
    select * from source_disp
    where excluded_because is null
),

accounts as (
    select * from source_account
    where excluded_because is null
),

subjects as (
    select
        clients.source_row as _source_client,
        dispositions.source_row as _source_disp,
        accounts.source_row as _source_account,
        'berka:client:' || clients.client_id as subject_id,
        'consumer' as kind,
        clients.birth_number as identity_number,
        clients.gender,
        'CZ' as country,
        clients.birth_date,
        cast(accounts.opened_date as timestamp) as registered_at,
        end_of_day(accounts.opened_date) as known_at
    from clients
    inner join dispositions
        on clients.client_id = dispositions.client_id
    inner join accounts
        on dispositions.account_id = accounts.account_id
)

select * from subjects
