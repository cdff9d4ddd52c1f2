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

own_sums as (
    select * from {{ ref('int_own_sums') }}
),

relationship_sums as (
    select * from {{ ref('int_relationship_sums') }}
),

missing_sums as (
    select * from {{ ref('int_missing_sums') }}
),

-- Of what is observed and, where the card has a bin for that, of what is missing; null
-- for a factor that is switched off.
sums as (
    select
        subjects.subject_id,
        subjects.as_of_date,
        {%- for factor in factors %}
        {%- set observed = 'own_sums' if factor in own_factor_names().split()
            else 'relationship_sums' %}
        {%- for sum in ['evidence_weight', 'weighted_points'] %}
        case
            when settings.{{ factor }}_full_evidence_weight is not null
                then
                    coalesce({{ observed }}.{{ factor }}_{{ sum }}, 0)
                    + coalesce(missing_sums.{{ factor }}_{{ sum }}, 0)
        end as {{ factor }}_{{ sum }},
        {%- endfor %}
        coalesce({{ observed }}.{{ factor }}_evidence_weight, 0)
            as {{ factor }}_observed_weight,
        {%- endfor %}
        settings.*
    from subjects
    inner join settings
        on subjects.subject_kind = settings.subject_kind
    {%- for name in ['own_sums', 'relationship_sums', 'missing_sums'] %}
    left join {{ name }}
        on
            {{ same_score(name, 'subjects') }}
            and settings.score_version = {{ name }}.score_version
    {%- endfor %}
),

-- What points are shrunk by counts all that has points. Profile and reliability depend on
-- which attributes were observed and never on what they say, so that a better value can move
-- neither a weight nor a profile, and what is missing is no evidence of anything.
with_evidence as (
    select
        {%- for factor in factors %}
        {%- for of in ['evidence', 'observed'] %}
        case
            when {{ factor }}_evidence_weight is not null
                then {{ evidence_ratio(
                    factor ~ '_' ~ of ~ '_weight',
                    factor ~ '_full_evidence_weight'
                ) }}
        end as {{ factor }}_{{ of }}_ratio,
        {%- endfor %}
        {%- endfor %}
        *
    from sums
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
            {{ factor }}_observed_ratio >= {{ factor }}_profile_evidence_ratio,
            false
        ) as {{ factor }}_counts,
        {%- endfor %}
        cast(
            {%- for factor in factors %}
            coalesce(
                {{ factor }}_global_weight_ratio * {{ factor }}_observed_ratio,
                0
            )
            {{- ' +' if not loop.last }}
            {%- endfor %} as decimal(18, 10)
        ) as reliability_ratio
    from with_evidence
)

select * from subject_evidence
