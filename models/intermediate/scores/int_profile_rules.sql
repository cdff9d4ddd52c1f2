-- grain: one row per version in service, kind and profile
{%- set factors = factor_names().split() %}

with

versions as (
    select * from {{ ref('int_score_versions') }}
),

enabled_factors as (
    select * from {{ ref('factors') }}
    where is_enabled
),

profiles as (
    select * from {{ ref('profiles') }}
),

weights as (
    select * from {{ ref('weights') }}
),

scales as (
    select * from {{ ref('scales') }}
),

-- A factor that is switched off has no weight and no say.
rules as (
    select
        profiles.score_version,
        profiles.subject_kind,
        profiles.profile,
        profiles.priority,
        {%- for factor in factors %}
        max(
            case
                when weights.factor = '{{ factor }}'
                    then weights.weight_ratio
            end
        ) as {{ factor }}_weight_ratio,
        max(
            case
                when weights.factor <> '{{ factor }}' then null
                when weights.requires_evidence then 1
                when not weights.requires_evidence then 0
            end
        ) as {{ factor }}_required,
        {%- endfor %}
        profiles.calibration_slope,
        scales.step_points,
        scales.step_odds
    from profiles
    inner join versions
        on profiles.score_version = versions.score_version
    inner join scales
        on profiles.score_version = scales.score_version
    inner join weights
        on
            profiles.score_version = weights.score_version
            and profiles.subject_kind = weights.subject_kind
            and profiles.profile = weights.profile
    inner join enabled_factors
        on
            weights.score_version = enabled_factors.score_version
            and weights.subject_kind = enabled_factors.subject_kind
            and weights.factor = enabled_factors.factor
    group by
        profiles.score_version,
        profiles.subject_kind,
        profiles.profile,
        profiles.priority,
        profiles.calibration_slope,
        scales.step_points,
        scales.step_odds
)

select * from rules
