-- grain: one row per measured subject and as-of date of whose products anything may be missing
{#
    A value is expected where its domain is consented to and its product was seen before. Finding that
    out takes longer than all points, so that nobody is asked while no card has a bin for the missing.
#}

with

products as (
    select * from {{ ref('int_expectable_products') }}
),

subject_consents as (
    select * from {{ ref('int_consent__in_force') }}
),

first_evidence as (
    select * from {{ ref('int_product_first_evidence') }}
),

expected_products as (
    select
        subject_consents.subject_id,
        subject_consents.as_of_date,
        bit_or(products.product_bit) as expected_products
    from subject_consents
    inner join products
        on subject_consents.domain = products.domain
    inner join first_evidence
        on
            subject_consents.subject_id = first_evidence.subject_id
            and products.product = first_evidence.product
            and subject_consents.as_of_date
            > first_evidence.first_evidence_date
    {%- if not cards_ask_for_missing() %}
    where 1 = 0
    {%- endif %}
    group by subject_consents.subject_id, subject_consents.as_of_date
)

select * from expected_products
