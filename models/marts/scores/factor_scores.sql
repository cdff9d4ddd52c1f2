-- grain: one row per scoreable subject, as-of date, score version and factor
{#
    What lies in columns of int_subject_profiles and int_score_steps, as rows.
#}

with

score_steps as (
    select * from {{ ref('int_score_steps') }}
),

subject_profiles as (
    select * from {{ ref('int_subject_profiles') }}
),

factor_points as (
    select
        {%- for factor in factor_names().split() %}
        score_steps.{{ factor }}_points,
        {%- endfor %}
        subject_profiles.*
    from subject_profiles
    inner join score_steps
        on
            subject_profiles.subject_id = score_steps.subject_id
            and subject_profiles.as_of_date = score_steps.as_of_date
            and subject_profiles.score_version = score_steps.score_version
),

factor_scores as (
    {%- for factor in factor_names().split() %}
    select
        subject_id,
        as_of_date,
        score_version,
        '{{ factor }}' as factor,
        {{ factor }}_weight_ratio as weight_ratio,
        {{ factor }}_evidence_ratio as evidence_ratio,
        {{ factor }}_sub_score as sub_score,
        {{ factor }}_points as contribution_points
    from factor_points
    where {{ factor }}_weight_ratio is not null
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select * from factor_scores
