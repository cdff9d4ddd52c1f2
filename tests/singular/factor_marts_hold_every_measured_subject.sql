-- Protects the ten factor marts, business_credit_history and
-- consumer_credit_history among them. A mart that starts from its evidence
-- instead of from int_measured_subjects loses those who have none: they would
-- not score worse or "not scoreable", they would be gone without a word.
-- Who is measured for a standing only has no row in the marts of relationships.

with

measured_subjects as (
    select * from {{ ref('int_measured_subjects') }}
),

held as (
    select
        'business_credit_history' as mart,
        'business' as subject_kind,
        subject_id,
        as_of_date
    from {{ ref('business_credit_history') }}
    union all
    select
        'business_behaviour_preference' as mart,
        'business' as subject_kind,
        subject_id,
        as_of_date
    from {{ ref('business_behaviour_preference') }}
    union all
    select
        'business_fulfilment_capacity' as mart,
        'business' as subject_kind,
        subject_id,
        as_of_date
    from {{ ref('business_fulfilment_capacity') }}
    union all
    select
        'business_personal_characteristics' as mart,
        'business' as subject_kind,
        subject_id,
        as_of_date
    from {{ ref('business_personal_characteristics') }}
    union all
    select
        'business_interpersonal_relationships' as mart,
        'business' as subject_kind,
        subject_id,
        as_of_date
    from {{ ref('business_interpersonal_relationships') }}
    union all
    select
        'consumer_credit_history' as mart,
        'consumer' as subject_kind,
        subject_id,
        as_of_date
    from {{ ref('consumer_credit_history') }}
    union all
    select
        'consumer_behaviour_preference' as mart,
        'consumer' as subject_kind,
        subject_id,
        as_of_date
    from {{ ref('consumer_behaviour_preference') }}
    union all
    select
        'consumer_fulfilment_capacity' as mart,
        'consumer' as subject_kind,
        subject_id,
        as_of_date
    from {{ ref('consumer_fulfilment_capacity') }}
    union all
    select
        'consumer_personal_characteristics' as mart,
        'consumer' as subject_kind,
        subject_id,
        as_of_date
    from {{ ref('consumer_personal_characteristics') }}
    union all
    select
        'consumer_interpersonal_relationships' as mart,
        'consumer' as subject_kind,
        subject_id,
        as_of_date
    from {{ ref('consumer_interpersonal_relationships') }}
),

marts as (
    select distinct
        mart,
        subject_kind
    from held
),

missing as (
    select
        marts.mart,
        measured_subjects.subject_id,
        measured_subjects.as_of_date
    from measured_subjects
    inner join marts
        on measured_subjects.subject_kind = marts.subject_kind
    left join held
        on
            measured_subjects.subject_id = held.subject_id
            and measured_subjects.as_of_date = held.as_of_date
            and marts.mart = held.mart
    where
        held.subject_id is null
        and (
            measured_subjects.is_scored
            or marts.mart not like '%_interpersonal_relationships'
        )
),

strangers as (
    select
        held.mart,
        held.subject_id,
        held.as_of_date
    from held
    left join measured_subjects
        on
            held.subject_id = measured_subjects.subject_id
            and held.as_of_date = measured_subjects.as_of_date
            and held.subject_kind = measured_subjects.subject_kind
    where
        measured_subjects.subject_id is null
        or (
            not measured_subjects.is_scored
            and held.mart like '%_interpersonal_relationships'
        )
),

failures as (
    select * from missing
    union all
    select * from strangers
)

select * from failures
