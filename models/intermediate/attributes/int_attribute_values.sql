-- grain: one row per subject, as-of date and attribute of the subject's kind
{%- set marts = [
    'consumer_credit_history',
    'consumer_behaviour_preference',
    'consumer_fulfilment_capacity',
    'consumer_personal_characteristics',
    'consumer_interpersonal_relationships',
    'business_credit_history',
    'business_behaviour_preference',
    'business_fulfilment_capacity',
    'business_personal_characteristics',
    'business_interpersonal_relationships',
] %}

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
    {%- for mart in marts %}
    {{ unpivot_attributes(ref(mart), mart) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

with_state as (
    select
        unpivoted.subject_id,
        unpivoted.as_of_date,
        unpivoted.attribute_name,
        attributes.subject_kind,
        attributes.factor,
        attributes.product,
        unpivoted.category,
        case
            when unpivoted.value is not null or unpivoted.category is not null
                then 'observed'
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
)

select * from with_state
