-- grain: one row per subject, as-of date and attribute of the subject's kind

{{ config(materialized='view') }}

with

attributes as (
    select * from {{ ref('attributes') }}
),

first_evidence as (
    select * from {{ ref('int_product_first_evidence') }}
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
            when first_evidence.product is not null then 'missing'
            else 'structurally_absent'
        end as value_state,
        unpivoted.value
    from unpivoted
    inner join attributes
        on unpivoted.attribute_name = attributes.attribute_name
    left join subject_consents
        on
            {{ same_score('subject_consents', 'unpivoted') }}
            and attributes.domain = subject_consents.domain
    left join first_evidence
        on
            unpivoted.subject_id = first_evidence.subject_id
            and attributes.product = first_evidence.product
            and unpivoted.as_of_date > first_evidence.first_evidence_date
    where unpivoted.value is null and unpivoted.category is null
),

with_state as (
    select * from observed
    union all
    select * from unobserved
)

select * from with_state
