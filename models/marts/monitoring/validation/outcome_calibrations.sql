-- grain: one row per definition of default, score version and segment whose calibration converged
{#
    Logistic regression of no default on the log-odds that the score stands for: a score whose odds are
    true has slope one and intercept zero. Newton's method from the segment's own odds, its steps
    written out, over counts per score. Not converged by the last step, or only one kind of outcome: no
    row rather than a wrong one.
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
    'ln(
        cast(sum(good_count) as double) / cast(sum(default_count) as double)
    )', 'cast(0 as double)'
) }},

-- The information matrix is that of the last step, which moved by less than the tolerance.
converged as (
    select
        last_step.*,
        cast(confidence.normal_quantile as double)
        * sqrt(last_step.weighted_square_sum / last_step.determinant)
            as intercept_half_width,
        cast(confidence.normal_quantile as double)
        * sqrt(last_step.weight_sum / last_step.determinant)
            as slope_half_width
    from step_12 as last_step
    cross join confidence
    cross join rules
    where last_step.farthest < rules.convergence_tolerance
),

outcome_calibrations as (
    select
        definition,
        score_version,
        segment_type,
        segment,
        {{ double_to_decimal('slope', 18, 6) }} as calibration_slope,
        {{ double_to_decimal('slope - slope_half_width', 18, 6) }}
            as calibration_slope_lower,
        {{ double_to_decimal('slope + slope_half_width', 18, 6) }}
            as calibration_slope_upper,
        {{ double_to_decimal('intercept', 18, 6) }} as calibration_intercept,
        {{ double_to_decimal('intercept - intercept_half_width', 18, 6) }}
            as calibration_intercept_lower,
        {{ double_to_decimal('intercept + intercept_half_width', 18, 6) }}
            as calibration_intercept_upper
    from converged
)

select * from outcome_calibrations
