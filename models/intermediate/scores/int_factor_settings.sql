-- grain: one row per version in service and kind
{%- set columns = [] %}
{%- for factor in factor_names().split() %}
{%- for name in [
    'global_weight_ratio',
    'full_evidence_weight',
    'profile_evidence_ratio',
    'offset_points',
    'scale_points',
] %}
{%- do columns.append((factor, name)) %}
{%- endfor %}
{%- endfor %}

with

versions as (
    select * from {{ ref('int_score_versions') }}
),

factors as (
    select * from {{ ref('factors') }}
    where is_enabled
),

-- Columns of a factor that is switched off are null.
settings as (
    select
        factors.score_version,
        {%- for factor, name in columns %}
        max(
            case
                when factors.factor = '{{ factor }}' then factors.{{ name }}
            end
        ) as {{ factor }}_{{ name }},
        {%- endfor %}
        factors.subject_kind
    from factors
    inner join versions on factors.score_version = versions.score_version
    group by factors.score_version, factors.subject_kind
)

select * from settings
