-- grain: one row per subject, as-of date and attribute: the latest report

with

measured_subjects as (
    select * from {{ ref('int_measured_subjects') }}
),

reported_attributes as (
    select * from {{ ref('stg_partners__reported_attributes') }}
),

reports as (
    select
        measured_subjects.subject_id,
        measured_subjects.as_of_date,
        reported_attributes.attribute_name,
        reported_attributes.category,
        reported_attributes.value,
        row_number() over (
            partition by
                measured_subjects.subject_id,
                measured_subjects.as_of_date,
                reported_attributes.attribute_name
            order by
                reported_attributes.reported_at desc,
                reported_attributes.known_at desc,
                reported_attributes.reported_attribute_id desc
        ) as latest_rank
    from measured_subjects
    inner join reported_attributes
        on
            measured_subjects.subject_id = reported_attributes.subject_id
            and measured_subjects.as_of_date
            > cast(reported_attributes.reported_at as date)
            and measured_subjects.as_of_date
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
