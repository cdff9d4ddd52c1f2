-- grain: one row per applicant
-- personal_status_sex serves the fairness audit only. Code 2 is "female,
-- non-single or male, single": it tells neither gender nor marital status, so
-- both stay null. Code 3 is married or widowed: gender alone can be read.
with

credits as (
    select * from source_credit
    where excluded_because is null
),

applicants as (
    select
        source_row as _source_credit,
        subject_id,
        'consumer' as kind,
        case
            when personal_status_sex in (1, 3) then 'male'
            when personal_status_sex = 4 then 'female'
        end as gender,
        case
            when personal_status_sex = 1 then 'divorced'
            when personal_status_sex = 4 then 'single'
        end as marital_status,
        'DE' as country,
        reported_at() as registered_at,
        reported_at() as known_at
    from credits
)

select * from applicants
