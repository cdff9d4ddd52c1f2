-- grain: one row per subject, as-of date and score version

{{ config(materialized='view') }}
{#
    A row for all five factors together, column by column: a row for each would be joined and grouped
    by subject again and again, which took longer than all points.
#}
{%- set factors = factor_names().split() %}

with

subjects as (
    select * from {{ ref('int_scored_subjects') }}
),

settings as (
    select * from {{ ref('int_factor_settings') }}
),

factor_sums as (
    select * from {{ ref('int_own_sums') }}
    union all
    select * from {{ ref('int_relationship_sums') }}
    union all
    select * from {{ ref('int_missing_sums') }}
),

sums as (
    select
        subject_id,
        as_of_date,
        {%- for factor in factors %}
        sum(case when factor = '{{ factor }}' then evidence_weight end)
            as {{ factor }}_evidence_weight,
        sum(case when factor = '{{ factor }}' then weighted_points end)
            as {{ factor }}_weighted_points,
        {%- endfor %}
        score_version
    from factor_sums
    group by subject_id, as_of_date, score_version
),

-- Evidence depends on which attributes were observed and never on what they say, so that a
-- better value can move neither a weight nor a profile.
with_evidence as (
    select
        subjects.subject_id,
        subjects.as_of_date,
        subjects.subject_kind,
        {%- for factor in factors %}
        settings.{{ factor }}_global_weight_ratio,
        settings.{{ factor }}_profile_evidence_ratio,
        settings.{{ factor }}_offset_points,
        settings.{{ factor }}_scale_points,
        sums.{{ factor }}_weighted_points,
        case
            when settings.{{ factor }}_full_evidence_weight is not null
                then coalesce(sums.{{ factor }}_evidence_weight, 0)
        end as {{ factor }}_evidence_weight,
        case
            when settings.{{ factor }}_full_evidence_weight is not null
                then {{ evidence_ratio(
                    'coalesce(sums.' ~ factor ~ '_evidence_weight, 0)',
                    'settings.' ~ factor ~ '_full_evidence_weight'
                ) }}
        end as {{ factor }}_evidence_ratio,
        {%- endfor %}
        settings.score_version
    from subjects
    inner join settings
        on subjects.subject_kind = settings.subject_kind
    left join sums
        on
            subjects.subject_id = sums.subject_id
            and subjects.as_of_date = sums.as_of_date
            and settings.score_version = sums.score_version
),

subject_evidence as (
    select
        subject_id,
        as_of_date,
        score_version,
        subject_kind,
        {%- for factor in factors %}
        {{ factor }}_offset_points,
        {{ factor }}_scale_points,
        {{ factor }}_evidence_weight,
        {{ factor }}_evidence_ratio,
        {{ sub_score(
            factor ~ '_weighted_points', factor ~ '_evidence_weight',
            factor ~ '_offset_points', factor ~ '_scale_points'
        ) }} as {{ factor }}_sub_score,
        coalesce(
            {{ factor }}_evidence_ratio >= {{ factor }}_profile_evidence_ratio,
            false
        ) as {{ factor }}_counts,
        {%- endfor %}
        cast(
            {%- for factor in factors %}
            coalesce(
                {{ factor }}_global_weight_ratio * {{ factor }}_evidence_ratio,
                0
            )
            {{- ' +' if not loop.last }}
            {%- endfor %} as decimal(18, 10)
        ) as reliability_ratio
    from with_evidence
)

select * from subject_evidence
