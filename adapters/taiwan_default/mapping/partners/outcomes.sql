-- grain: one row per client
with

clients as (
    select * from source_clients
    where excluded_because is null
),

outcomes as (
    select
        source_row as _source_clients,
        'taiwan_default:card:' || client_id || ':2005-10' as outcome_id,
        'taiwan_default:client:' || client_id as subject_id,
        'taiwan_default:card:' || client_id as facility_id,
        'default_payment_next_month' as definition,
        default_next_month = 1 as is_default,
        true as is_closed,
        timestamp '2005-10-01 00:00:00' as scored_as_of_at,
        timestamp '2005-11-01 00:00:00' as observed_at,
        timestamp '2005-11-01 00:00:00' as known_at
    from clients
)

select * from outcomes
