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
        *,
        'observed' as value_state
    from unpivoted
    where value is not null or category is not null
),

unobserved as (
    select
        unpivoted.*,
        attributes.domain,
        attributes.product
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
        consented.*,
        'missing' as value_state
    from consented
    inner join first_evidence
        on
            consented.subject_id = first_evidence.subject_id
            and consented.product = first_evidence.product
            and consented.as_of_date > first_evidence.first_evidence_date
),

absent as (
    select
        consented.*,
        'structurally_absent' as value_state
    from consented
    left join first_evidence
        on
            consented.subject_id = first_evidence.subject_id
            and consented.product = first_evidence.product
            and consented.as_of_date > first_evidence.first_evidence_date
    where first_evidence.product is null
),

not_consented as (
    select
        unobserved.*,
        'not_consented' as value_state
    from unobserved
    left join subject_consents
        on
            {{ same_score('subject_consents', 'unobserved') }}
            and unobserved.domain = subject_consents.domain
    where subject_consents.domain is null
),

with_state as (
    {%- for state in ['observed', 'missing', 'absent', 'not_consented'] %}
    select
        subject_id,
        as_of_date,
        attribute_name,
        category,
        value_state,
        value
    from {{ state }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select * from with_state
