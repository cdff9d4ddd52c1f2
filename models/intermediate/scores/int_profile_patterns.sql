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
        {%- for factor in factors %}
        {{ factor }}_flags.is_set as {{ factor }}_counts,
        {%- endfor %}
        rules.*
    from rules
    cross join flags as credit_history_flags
    cross join flags as behaviour_preference_flags
    cross join flags as fulfilment_capacity_flags
    cross join flags as personal_characteristics_flags
    cross join flags as interpersonal_relationships_flags
    where
        {%- for factor in factors %}
        coalesce(
            (rules.{{ factor }}_required = 1) = {{ factor }}_flags.is_set,
            true
        ) and
        {%- endfor %}
        true
),

ranked as (
    select
        *,
        row_number() over (
            partition by
                {%- for factor in factors %}
                {{ factor }}_counts,
                {%- endfor %}
                score_version,
                subject_kind
            order by priority, profile
        ) as profile_rank
    from fitting
),

patterns as (
    select
        score_version,
        subject_kind,
        profile,
        {%- for factor in factors %}
        {{ factor }}_weight_ratio,
        {{ factor }}_counts,
        {%- endfor %}
        calibration_slope,
        step_points,
        step_odds
    from ranked
    where profile_rank = 1
)

select * from patterns
