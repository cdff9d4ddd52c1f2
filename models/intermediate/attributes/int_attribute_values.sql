-- grain: one row per subject, as-of date and attribute of the subject's kind

{{ config(materialized='view') }}

with

attributes as (
    select * from {{ ref('attributes') }}
),

subject_products as (
    select * from {{ ref('int_subject_products') }}
),

subject_consents as (
    select * from {{ ref('int_consent__in_force') }}
),

unpivoted as (
    select * from {{ ref('int_own_values') }}
    union all
    select * from {{ ref('int_relationship_values') }}
),

observed as (
    select
        subject_id,
        as_of_date,
        attribute_name,
        category,
        'observed' as value_state,
        value
    from unpivoted
    where value is not null or category is not null
),

unobserved as (
    select
        unpivoted.subject_id,
        unpivoted.as_of_date,
        unpivoted.attribute_name,
        attributes.domain,
        attributes.product,
        unpivoted.category,
        unpivoted.value
    from unpivoted
    inner join attributes
        on unpivoted.attribute_name = attributes.attribute_name
    where unpivoted.value is null and unpivoted.category is null
),

consented as (
    select unobserved.*
    from unobserved
    inner join subject_consents
        on
            {{ same_score('subject_consents', 'unobserved') }}
            and unobserved.domain = subject_consents.domain
),

-- A branch for each state, so that who asks for one does not pay for the
-- others: scores ask for the missing, and of most the card says nothing.
missing as (
    select
        consented.subject_id,
        consented.as_of_date,
        consented.attribute_name,
        consented.category,
        'missing' as value_state,
        consented.value
    from consented
    inner join subject_products
        on
            {{ same_score('subject_products', 'consented') }}
            and consented.product = subject_products.product
),

absent as (
    select
        consented.subject_id,
        consented.as_of_date,
        consented.attribute_name,
        consented.category,
        'structurally_absent' as value_state,
        consented.value
    from consented
    left join subject_products
        on
            {{ same_score('subject_products', 'consented') }}
            and consented.product = subject_products.product
    where subject_products.product is null
),

not_consented as (
    select
        unobserved.subject_id,
        unobserved.as_of_date,
        unobserved.attribute_name,
        unobserved.category,
        'not_consented' as value_state,
        unobserved.value
    from unobserved
    left join subject_consents
        on
            {{ same_score('subject_consents', 'unobserved') }}
            and unobserved.domain = subject_consents.domain
    where subject_consents.domain is null
),

with_state as (
    select * from observed
    union all
    select * from missing
    union all
    select * from absent
    union all
    select * from not_consented
)

select * from with_state
