-- grain: one row per definition of default, score version and segment whose level converged
{#
    Calibration in the large: the slope is held at one, and only the level of the log-odds is fitted,
    from what the scores promise. The intercept of outcome_calibrations is another thing: that of the
    line at even odds, where hardly anybody is, so that it moves with the slope.
#}
{%- set last_step = 12 %}

with

rules as (
    select * from {{ ref('monitoring_rules') }}
),

confidence as (
    select * from {{ ref('confidence_levels') }}
),

counts as (
    select
        definition,
        score_version,
        segment_type,
        segment,
        default_count,
        good_count,
        default_count + good_count as cases,
        cast(log_odds as double) as log_odds
    from {{ ref('outcome_counts') }}
    where score is not null and default_count + good_count > 0
),

step_0 as (
    select
        definition,
        score_version,
        segment_type,
        segment,
        cast(0 as double) as intercept,
        cast(1 as double) as slope,
        min(log_odds) as lowest,
        max(log_odds) as highest
    from counts
    group by definition, score_version, segment_type, segment
    having sum(default_count) > 0 and sum(good_count) > 0
),

{% for step in range(last_step) -%}
step_{{ step + 1 }} as (
    {{ newton_step('step_' ~ step, fits_slope=false) }}
),

{% endfor -%}
converged as (
    select
        last_step.*,
        cast(confidence.normal_quantile as double)
        / sqrt(last_step.weight_sum) as half_width
    from step_{{ last_step }} as last_step
    cross join confidence
    cross join rules
    where last_step.farthest < rules.convergence_tolerance
),

outcome_levels as (
    select
        definition,
        score_version,
        segment_type,
        segment,
        {{ double_to_decimal('intercept', 18, 6) }} as calibration_level,
        {{ double_to_decimal('intercept - half_width', 18, 6) }}
            as calibration_level_lower,
        {{ double_to_decimal('intercept + half_width', 18, 6) }}
            as calibration_level_upper
    from converged
)

select * from outcome_levels
