-- grain: one row per client
-- Sex and marital status serve the fairness audit only.
with

clients as (
    select * from source_clients
    where excluded_because is null
),

subjects as (
    select
        clients.source_row as _source_clients,
        'taiwan_default:client:' || clients.client_id as subject_id,
        'consumer' as kind,
        case clients.sex
            when 1 then 'male'
            when 2 then 'female'
        end as gender,
        marital_statuses.marital_status,
        'TW' as country,
        timestamp '2005-04-01 00:00:00' as registered_at,
        timestamp '2005-04-01 00:00:00' as known_at
    from clients
    left join marital_statuses
        on clients.marriage = marital_statuses.code
)

select * from subjects
