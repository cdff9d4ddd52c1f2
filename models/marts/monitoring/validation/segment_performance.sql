-- grain: one row per definition of default, score version and segment

with

outcome_counts as (
    select * from {{ ref('outcome_counts') }}
),

areas as (
    select * from {{ ref('outcome_areas') }}
),

calibrations as (
    select * from {{ ref('outcome_calibrations') }}
),

levels as (
    select * from {{ ref('outcome_levels') }}
),

totals as (
    select
        definition,
        score_version,
        segment_type,
        segment,
        sum(outcome_count) as outcome_count,
        sum(case when score is not null then outcome_count else 0 end)
            as scored_count,
        sum(case when score is not null then default_count else 0 end)
            as default_count,
        sum(case when score is not null then censored_count else 0 end)
            as censored_count,
        sum(case when score is not null then immature_count else 0 end)
            as immature_count,
        sum(outcome_count * default_probability) as expected_default_count,
        sum(
            {{ double_to_decimal(
                'default_count * pow(1 - cast(default_probability as double), 2)
                + good_count * pow(cast(default_probability as double), 2)',
                28, 12
            ) }}
        ) as squared_error_sum,
        is_champion
    from outcome_counts
    group by
        definition, score_version, segment_type, segment, is_champion
),

segment_performance as (
    select
        totals.definition,
        totals.score_version,
        totals.segment_type,
        totals.segment,
        cast(totals.outcome_count as bigint) as outcome_count,
        cast(totals.scored_count as bigint) as scored_count,
        cast(totals.default_count as bigint) as default_count,
        cast(totals.censored_count as bigint) as censored_count,
        cast(totals.immature_count as bigint) as immature_count,
        {{ double_to_decimal(ratio(
            'totals.default_count', 'totals.scored_count'
        ), 18, 6) }} as default_ratio,
        {{ double_to_decimal(ratio(
            'totals.expected_default_count', 'totals.scored_count'
        ), 18, 6) }} as expected_default_ratio,
        areas.auc_ratio,
        areas.auc_lower_ratio,
        areas.auc_upper_ratio,
        areas.gini_ratio,
        areas.ks_ratio,
        {{ double_to_decimal(ratio(
            'totals.squared_error_sum', 'totals.scored_count'
        ), 18, 6) }} as brier_score,
        calibrations.calibration_slope,
        calibrations.calibration_slope_lower,
        calibrations.calibration_slope_upper,
        calibrations.calibration_intercept,
        calibrations.calibration_intercept_lower,
        calibrations.calibration_intercept_upper,
        levels.calibration_level,
        levels.calibration_level_lower,
        levels.calibration_level_upper,
        totals.is_champion
    from totals
    left join areas on {{ same_segment('totals', 'areas') }}
    left join calibrations on {{ same_segment('totals', 'calibrations') }}
    left join levels on {{ same_segment('totals', 'levels') }}
)

select * from segment_performance
