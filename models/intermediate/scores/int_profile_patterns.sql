-- grain: one row per version in service, kind and pattern of factors that count, with a profile
{#
    Which profile a subject has follows from which of its five factors count, so that it is looked up
    and not searched for among the profiles of each subject.
#}
{%- set factors = factor_names().split() %}

with

rules as (
    select * from {{ ref('int_profile_rules') }}
),

flags as (
    select true as is_set
    union all
    select false as is_set
),

-- A rule that asks nothing of a factor fits both.
fitting as (
    select
        rules.*,
        {%- for factor in factors %}
        {{ factor }}_flags.is_set as {{ factor }}_counts
        {{- ',' if not loop.last }}
        {%- endfor %}
    from rules
    {%- for factor in factors %}
    cross join flags as {{ factor }}_flags
    {%- endfor %}
    where
        {%- for factor in factors %}
        coalesce(
            (rules.{{ factor }}_required = 1) = {{ factor }}_flags.is_set,
            true
        )
        {{- ' and' if not loop.last }}
        {%- endfor %}
),

ranked as (
    select
        *,
        row_number() over (
            partition by
                score_version,
                subject_kind,
                {%- for factor in factors %}
                {{ factor }}_counts{{ ',' if not loop.last }}
                {%- endfor %}
            order by priority, profile
        ) as profile_rank
    from fitting
),

patterns as (
    select
        score_version,
        subject_kind,
        profile,
        calibration_slope,
        step_points,
        step_odds,
        {%- for factor in factors %}
        {{ factor }}_weight_ratio,
        {%- endfor %}
        {%- for factor in factors %}
        {{ factor }}_counts{{ ',' if not loop.last }}
        {%- endfor %}
    from ranked
    where profile_rank = 1
)

select * from patterns
