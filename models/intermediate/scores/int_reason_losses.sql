-- grain: one row per scored subject, as-of date, score version and reason that costs points

{{ config(materialized='view') }}
{%- set value = 'coalesce(ranked.category, ' ~ value_text(
    'ranked.value', 'ranked.unit'
) ~ ')' %}

with

attributes as (
    select * from {{ ref('attributes') }}
),

names as (
    select * from {{ ref('attribute_names') }}
),

contributions as (
    select * from {{ ref('int_attribute_contributions') }}
    where points_lost > 0
),

subject_profiles as (
    select * from {{ ref('int_subject_profiles') }}
),

score_steps as (
    select * from {{ ref('int_score_steps') }}
),

losses as (
    select
        contributions.subject_id,
        contributions.as_of_date,
        contributions.score_version,
        case
            when contributions.value_state = 'missing'
                then {{ text_literal(missing_reason()) }}
            else attributes.reason_code
        end as reason_code,
        contributions.attribute_name,
        contributions.category,
        attributes.unit,
        attributes.window_months,
        contributions.value,
        contributions.points_lost
    from contributions
    inner join attributes
        on contributions.attribute_name = attributes.attribute_name
    inner join score_steps
        on
            {{ same_score('score_steps', 'contributions') }}
            and contributions.score_version = score_steps.score_version
    union all
    select
        score_steps.subject_id,
        score_steps.as_of_date,
        score_steps.score_version,
        subject_profiles.cap_reason_code as reason_code,
        cast(null as string) as attribute_name,
        cast(null as string) as category,
        cast(null as string) as unit,
        cast(null as integer) as window_months,
        cast(null as decimal(28, 10)) as value,
        -score_steps.cap_points as points_lost
    from score_steps
    inner join subject_profiles
        on
            {{ same_score('subject_profiles', 'score_steps') }}
            and score_steps.score_version = subject_profiles.score_version
    where score_steps.cap_points < 0
),

-- A reason's sentence is the same for everyone; what makes it this subject's is
-- the attribute that lost most of it, with its value.
ranked as (
    select
        *,
        sum(points_lost) over (
            partition by subject_id, as_of_date, score_version, reason_code
        ) as reason_points_lost,
        max(case when attribute_name is null then 1 else 0 end) over (
            partition by subject_id, as_of_date, score_version, reason_code
        ) as cap_rows,
        row_number() over (
            partition by subject_id, as_of_date, score_version, reason_code
            order by points_lost desc, attribute_name asc
        ) as loss_rank
    from losses
),

reason_losses as (
    select
        ranked.subject_id,
        ranked.as_of_date,
        ranked.score_version,
        ranked.reason_code,
        ranked.attribute_name,
        case
            when ranked.attribute_name is not null
                then concat(
                    {{ attribute_now('names', 'ranked', value, 'en') }}, '.'
                )
        end as detail_en,
        case
            when ranked.attribute_name is not null
                then concat(
                    {{ attribute_now('names', 'ranked', value, 'zh') }}, '。'
                )
        end as detail_zh,
        ranked.cap_rows > 0 as is_of_cap,
        cast(ranked.reason_points_lost as decimal(18, 6)) as points_lost
    from ranked
    left join names on ranked.attribute_name = names.attribute_name
    where ranked.loss_rank = 1
)

select * from reason_losses
