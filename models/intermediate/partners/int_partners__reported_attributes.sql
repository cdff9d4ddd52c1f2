-- grain: one row per subject, as-of date and attribute: the latest report

with

scoring_subjects as (
    select * from {{ ref('int_scoring_subjects') }}
),

reported_attributes as (
    select * from {{ ref('stg_partners__reported_attributes') }}
),

reports as (
    select
        scoring_subjects.subject_id,
        scoring_subjects.as_of_date,
        reported_attributes.attribute_name,
        reported_attributes.category,
        reported_attributes.value,
        row_number() over (
            partition by
                scoring_subjects.subject_id,
                scoring_subjects.as_of_date,
                reported_attributes.attribute_name
            order by
                reported_attributes.reported_at desc,
                reported_attributes.known_at desc,
                reported_attributes.reported_attribute_id desc
        ) as latest_rank
    from scoring_subjects
    inner join reported_attributes
        on
            scoring_subjects.subject_id = reported_attributes.subject_id
            and scoring_subjects.as_of_date
            > cast(reported_attributes.reported_at as date)
            and scoring_subjects.as_of_date
            > cast(reported_attributes.known_at as date)
),

latest as (
    select
        subject_id,
        as_of_date,
        attribute_name,
        category,
        value
    from reports
    where latest_rank = 1
)

select * from latest
