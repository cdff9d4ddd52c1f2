-- grain: one row per definition of default, score version and segment whose level converged
{#
    Calibration in the large: the slope is held at one, and only the level of the log-odds is fitted,
    from what the scores promise. The intercept of outcome_calibrations is another thing: that of the
    line at even odds, where hardly anybody is, so that it moves with the slope.
#}

with

rules as (
    select * from {{ ref('monitoring_rules') }}
),

confidence as (
    select * from {{ ref('confidence_levels') }}
),

outcome_counts as (
    select * from {{ ref('outcome_counts') }}
),

{{ newton_steps(
    'cast(0 as double)', 'cast(1 as double)', fits_slope=false
) }},

converged as (
    select
        last_step.*,
        cast(confidence.normal_quantile as double)
        / sqrt(last_step.weight_sum) as half_width
    from step_12 as last_step
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
