-- Protects consumer_credit_history and its four siblings: a join that loses or
-- adds a consumer leaves a factor out of a score without a word. Who is
-- measured for a standing only has no row in the mart of relationships.

with

marts as (
    select
        subject_id,
        as_of_date,
        'credit_history' as factor
    from {{ ref('consumer_credit_history') }}
    union all
    select
        subject_id,
        as_of_date,
        'behaviour_preference' as factor
    from {{ ref('consumer_behaviour_preference') }}
    union all
    select
        subject_id,
        as_of_date,
        'fulfilment_capacity' as factor
    from {{ ref('consumer_fulfilment_capacity') }}
    union all
    select
        subject_id,
        as_of_date,
        'personal_characteristics' as factor
    from {{ ref('consumer_personal_characteristics') }}
    union all
    select
        subject_id,
        as_of_date,
        'interpersonal_relationships' as factor
    from {{ ref('consumer_interpersonal_relationships') }}
),

consumers as (
    select * from {{ ref('int_measured_subjects') }}
    where subject_kind = 'consumer'
),

covered as (
    select
        consumers.subject_id as consumer_id,
        marts.subject_id,
        case when consumers.is_scored then 5 else 4 end as wanted_count,
        count(distinct marts.factor) as factors_count,
        count(*) as rows_count
    from consumers
    full outer join marts
        on
            consumers.subject_id = marts.subject_id
            and consumers.as_of_date = marts.as_of_date
    group by
        consumers.subject_id,
        consumers.as_of_date,
        consumers.is_scored,
        marts.subject_id,
        marts.as_of_date
)

select * from covered
where
    consumer_id is null
    or subject_id is null
    or factors_count <> wanted_count
    or rows_count <> wanted_count
