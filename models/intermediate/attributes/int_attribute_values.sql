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

-- Only what is not there needs to be asked why: most of the rows are spared
-- two joins.
unobserved as (
    select
        unpivoted.subject_id,
        unpivoted.as_of_date,
        unpivoted.attribute_name,
        unpivoted.category,
        case
            when subject_consents.domain is null then 'not_consented'
            when subject_products.product is not null then 'missing'
            else 'structurally_absent'
        end as value_state,
        unpivoted.value
    from unpivoted
    inner join attributes
        on unpivoted.attribute_name = attributes.attribute_name
    left join subject_consents
        on
            unpivoted.subject_id = subject_consents.subject_id
            and unpivoted.as_of_date = subject_consents.as_of_date
            and attributes.domain = subject_consents.domain
    left join subject_products
        on
            unpivoted.subject_id = subject_products.subject_id
            and unpivoted.as_of_date = subject_products.as_of_date
            and attributes.product = subject_products.product
    where unpivoted.value is null and unpivoted.category is null
),

with_state as (
    select * from observed
    union all
    select * from unobserved
)

select * from with_state
