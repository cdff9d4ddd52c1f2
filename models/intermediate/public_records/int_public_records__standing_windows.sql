-- grain: one row per subject and as-of date

with

measured_subjects as (
    select * from {{ ref('int_measured_subjects') }}
),

insurance_months as (
    select * from {{ ref('int_public_records__social_insurance_months') }}
),

asset_days as (
    select * from {{ ref('int_public_records__asset_days') }}
),

education_days as (
    select * from {{ ref('int_public_records__education_days') }}
),

education_levels as (
    select * from {{ ref('education_levels') }}
),

insurance_sums as (
    select
        measured_subjects.subject_id,
        measured_subjects.as_of_date,
        count(
            distinct
            {{ window_value('insurance_months', 'event_date', 24) }}
        ) as insured_24m
    from measured_subjects
    inner join insurance_months on {{ seen('insurance_months') }}
    group by measured_subjects.subject_id, measured_subjects.as_of_date
),

asset_sums as (
    select
        measured_subjects.subject_id,
        measured_subjects.as_of_date,
        sum(
            case
                when
                    asset_days.disposed_date < measured_subjects.as_of_date
                    then 0
                else asset_days.assets_count
            end
        ) as assets_count
    from measured_subjects
    inner join asset_days on {{ seen('asset_days') }}
    group by measured_subjects.subject_id, measured_subjects.as_of_date
),

education_ranks as (
    select
        measured_subjects.subject_id,
        measured_subjects.as_of_date,
        max(education_days.level_rank) as level_rank
    from measured_subjects
    inner join education_days on {{ seen('education_days') }}
    group by measured_subjects.subject_id, measured_subjects.as_of_date
),

measured as (
    select
        measured_subjects.subject_id,
        measured_subjects.as_of_date,
        insurance_sums.insured_24m as social_insurance_months_24m,
        asset_sums.assets_count as property_count,
        education_levels.level as education_level
    from measured_subjects
    left join insurance_sums on {{ same_score('insurance_sums') }}
    left join asset_sums on {{ same_score('asset_sums') }}
    left join education_ranks on {{ same_score('education_ranks') }}
    left join education_levels
        on education_ranks.level_rank = education_levels.level_rank
)

select * from measured
