-- grain: one row per scored subject, as-of date and characteristic

with

scored_subjects as (
    select * from {{ ref('int_scored_subjects') }}
),

subjects as (
    select * from {{ ref('stg_identity__subjects') }}
),

fairness_groups as (
    select * from {{ ref('fairness_groups') }}
),

with_age as (
    select
        scored_subjects.subject_id,
        scored_subjects.as_of_date,
        subjects.gender,
        {{ age_years('subjects.birth_date', 'scored_subjects.as_of_date') }}
            as age_years
    from scored_subjects
    inner join subjects on scored_subjects.subject_id = subjects.subject_id
),

-- Who states no gender, or a business, is in no group.
subject_groups as (
    select
        with_age.subject_id,
        fairness_groups.characteristic,
        fairness_groups.group_name,
        with_age.as_of_date
    from with_age
    inner join fairness_groups
        on
            (
                fairness_groups.characteristic = 'gender'
                and with_age.gender = fairness_groups.group_name
            )
            or (
                fairness_groups.characteristic = 'age_band'
                and with_age.age_years >= fairness_groups.lower_age_years
                and (
                    fairness_groups.upper_age_years is null
                    or with_age.age_years < fairness_groups.upper_age_years
                )
            )
)

select * from subject_groups
