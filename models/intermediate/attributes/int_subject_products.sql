-- grain: one row per subject, as-of date and product of which there is evidence

with

subjects as (
    select * from {{ ref('int_measured_subjects') }}
),

first_evidence as (
    select * from {{ ref('int_product_first_evidence') }}
),

subject_products as (
    select
        subjects.subject_id,
        subjects.as_of_date,
        first_evidence.product
    from subjects
    inner join first_evidence
        on
            subjects.subject_id = first_evidence.subject_id
            and subjects.as_of_date > first_evidence.first_evidence_date
)

select * from subject_products
