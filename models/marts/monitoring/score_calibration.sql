-- grain: one row per definition of default, score version and band with outcomes
{#
    Observed beside expected defaults. The interval is Wilson's, which SQL can write; the report has
    the exact one of Clopper and Pearson, which needs a beta quantile.
#}

with

outcome_counts as (
    select * from {{ ref('outcome_counts') }}
    where segment_type = 'all' and score is not null
),

bands as (
    select * from {{ ref('bands') }}
),

confidence as (
    select cast(normal_quantile as double) as normal_quantile
    from {{ ref('confidence_levels') }}
),

by_band as (
    select
        outcome_counts.definition,
        outcome_counts.score_version,
        bands.band,
        bands.lower_bound,
        bands.upper_bound,
        cast(sum(outcome_counts.outcome_count) as bigint) as outcome_count,
        cast(sum(outcome_counts.default_count) as bigint) as default_count,
        cast(sum(outcome_counts.censored_count) as bigint) as censored_count,
        cast(sum(outcome_counts.immature_count) as bigint) as immature_count,
        sum(
            outcome_counts.outcome_count * outcome_counts.default_probability
        ) as expected_default_count,
        outcome_counts.is_champion
    from outcome_counts
    inner join bands
        on
            outcome_counts.score_version = bands.score_version
            and outcome_counts.score >= bands.lower_bound
            and outcome_counts.score < bands.upper_bound
    group by
        outcome_counts.definition,
        outcome_counts.score_version,
        bands.band,
        bands.lower_bound,
        bands.upper_bound,
        outcome_counts.is_champion
    having sum(outcome_counts.outcome_count) > 0
),

-- Wilson's interval: centre and half width over n + z².
intervals as (
    select
        by_band.*,
        cast(by_band.default_count as double)
        + pow(confidence.normal_quantile, 2) / 2 as centre,
        confidence.normal_quantile * sqrt(
            cast(by_band.default_count as double)
            * (by_band.outcome_count - by_band.default_count)
            / by_band.outcome_count
            + pow(confidence.normal_quantile / 2, 2)
        ) as half_width,
        by_band.outcome_count
        + pow(confidence.normal_quantile, 2) as divisor
    from by_band
    cross join confidence
),

score_calibration as (
    select
        definition,
        score_version,
        band,
        lower_bound,
        upper_bound,
        outcome_count,
        default_count,
        censored_count,
        immature_count,
        cast(expected_default_count as decimal(18, 6))
            as expected_default_count,
        {{ double_to_decimal(ratio(
            'default_count', 'outcome_count'
        ), 18, 6) }} as default_ratio,
        {{ double_to_decimal('(centre - half_width) / divisor', 18, 6) }}
            as default_lower_ratio,
        {{ double_to_decimal('(centre + half_width) / divisor', 18, 6) }}
            as default_upper_ratio,
        {{ double_to_decimal(ratio(
            'expected_default_count', 'outcome_count'
        ), 18, 6) }} as expected_default_ratio,
        is_champion
    from intervals
)

select * from score_calibration
