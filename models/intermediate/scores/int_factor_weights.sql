-- grain: one row per subject with a profile, as-of date, score version and factor

{{ config(materialized='view') }}

with

subject_profiles as (
    select * from {{ ref('int_subject_profiles') }}
    where profile is not null
),

factor_weights as (
    {%- for factor in factor_names().split() %}
    select
        subject_id,
        as_of_date,
        score_version,
        '{{ factor }}' as factor,
        {{ factor }}_offset_points as offset_points,
        {{ factor }}_weight_ratio as weight_ratio,
        {{ factor }}_evidence_ratio as evidence_ratio,
        {{ factor }}_sub_score as sub_score,
        {{ factor }}_score_points_per_point as score_points_per_point
    from subject_profiles
    where {{ factor }}_weight_ratio is not null
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select * from factor_weights
