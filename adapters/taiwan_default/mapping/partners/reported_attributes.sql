-- grain: one row per client whose education is documented
with

clients as (
    select * from source_clients
    where excluded_because is null
),

reports as (
    select
        clients.source_row as _source_clients,
        'taiwan_default:client:' || clients.client_id || ':education_level'
            as reported_attribute_id,
        'taiwan_default:client:' || clients.client_id as subject_id,
        'education_level' as attribute_name,
        education_levels.category,
        timestamp '2005-09-30 00:00:00' as reported_at,
        timestamp '2005-09-30 00:00:00' as known_at
    from clients
    inner join education_levels
        on clients.education = education_levels.code
)

select * from reports
