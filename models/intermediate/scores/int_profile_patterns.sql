-- grain: one row per version in service, kind and pattern of factors that count, with a profile
{#
    Which profile a subject has follows from which of its five factors count, so that it is looked up
    and not searched for among the profiles of each subject.
#}
{%- set factors = factor_names() %}

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

-- A factor that is switched off has no weight and no say.
rules as (
    select
        profiles.score_version,
        profiles.subject_kind,
        profiles.profile,
        profiles.priority
        {%- for factor in factors %},
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
        ) as {{ factor }}_required
        {%- endfor %}
    from profiles
    inner join versions
        on profiles.score_version = versions.score_version
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
        profiles.priority
),

flags as (
    select true as is_set
    union all
    select false as is_set
),

fitting as (
    select
        rules.*
        {%- for factor in factors %},
        {{ factor }}_flags.is_set as {{ factor }}_counts
        {%- endfor %}
    from rules
    {%- for factor in factors %}
    inner join flags as {{ factor }}_flags
        on
            coalesce(
                (rules.{{ factor }}_required = 1) = {{ factor }}_flags.is_set,
                true
            )
    {%- endfor %}
),

ranked as (
    select
        *,
        row_number() over (
            partition by
                score_version,
                subject_kind
                {%- for factor in factors %},
                {{ factor }}_counts
                {%- endfor %}
            order by priority, profile
        ) as profile_rank
    from fitting
),

patterns as (
    select
        score_version,
        subject_kind,
        profile
        {%- for factor in factors %},
        {{ factor }}_weight_ratio
        {%- endfor %}
        {%- for factor in factors %},
        {{ factor }}_counts
        {%- endfor %}
    from ranked
    where profile_rank = 1
)

select * from patterns
