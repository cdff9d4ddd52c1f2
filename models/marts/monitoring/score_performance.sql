-- grain: one row per definition of default and score version
{#
    Discrimination of the published score. Everything is counted per score value first: a
    few hundred integers hold all that the area under the curve, its variance after DeLong
    (Sun and Xu 2014, who show it from ranks) and the Kolmogorov-Smirnov distance need.
#}

with

score_outcomes as (
    select * from {{ ref('score_outcomes') }}
),

confidence as (
    select * from {{ ref('confidence_levels') }}
),

totals as (
    select
        definition,
        score_version,
        is_champion,
        count(*) as outcome_count,
        count(case when is_scored then 1 end) as scored_count,
        count(case when is_scored and is_default then 1 end) as default_count,
        count(case when is_scored and not is_default then 1 end) as good_count,
        count(case when not is_closed then 1 end) as censored_count
    from score_outcomes
    group by definition, score_version, is_champion
),

by_score as (
    select
        definition,
        score_version,
        score,
        count(case when is_default then 1 end) as defaults,
        count(case when not is_default then 1 end) as goods
    from score_outcomes
    where is_scored
    group by definition, score_version, score
),

cumulated as (
    select
        *,
        sum(defaults) over (
            partition by definition, score_version order by score
            rows between unbounded preceding and current row
        ) as defaults_up_to,
        sum(goods) over (
            partition by definition, score_version order by score
            rows between unbounded preceding and current row
        ) as goods_up_to
    from by_score
),

-- Placement values: the share of defaults that a good subject outscores, and of good
-- subjects that outscore a default; a tie counts half.
placed as (
    select
        cumulated.definition,
        cumulated.score_version,
        totals.default_count,
        totals.good_count,
        cumulated.defaults,
        cumulated.goods,
        (
            cast(cumulated.defaults_up_to as double)
            - cast(cumulated.defaults as double) / 2
        ) / totals.default_count as good_placement,
        (
            cast(totals.good_count - cumulated.goods_up_to as double)
            + cast(cumulated.goods as double) / 2
        ) / totals.good_count as default_placement,
        abs(
            cast(cumulated.defaults_up_to as double) / totals.default_count
            - cast(cumulated.goods_up_to as double) / totals.good_count
        ) as distance
    from cumulated
    inner join totals
        on
            cumulated.definition = totals.definition
            and cumulated.score_version = totals.score_version
    where totals.default_count > 0 and totals.good_count > 0
),

moments as (
    select
        definition,
        score_version,
        default_count,
        good_count,
        sum(
            {{ double_to_decimal('goods * good_placement', 28, 12) }}
        ) as good_sum,
        sum(
            {{ double_to_decimal(
                'goods * good_placement * good_placement', 28, 12
            ) }}
        ) as good_square_sum,
        sum(
            {{ double_to_decimal(
                'defaults * default_placement * default_placement', 28, 12
            ) }}
        ) as default_square_sum,
        max(distance) as ks_ratio
    from placed
    group by definition, score_version, default_count, good_count
),

areas as (
    select
        *,
        cast(good_sum as double) / good_count as auc_ratio
    from moments
),

variances as (
    select
        *,
        (
            cast(good_square_sum as double) / good_count - auc_ratio * auc_ratio
        ) / nullif(good_count - 1, 0)
        + (
            cast(default_square_sum as double) / default_count
            - auc_ratio * auc_ratio
        ) / nullif(default_count - 1, 0) as auc_variance
    from areas
),

-- A perfect ranking has variance zero, which the difference of squares may miss by a hair.
intervals as (
    select
        variances.*,
        cast(confidence.normal_quantile as double)
        * sqrt(
            case
                when variances.auc_variance < 0 then 0
                else variances.auc_variance
            end
        ) as half_width
    from variances
    cross join confidence
),

score_performance as (
    select
        totals.definition,
        totals.score_version,
        totals.outcome_count,
        totals.scored_count,
        totals.default_count,
        totals.censored_count,
        {{ double_to_decimal('intervals.auc_ratio', 18, 6) }} as auc_ratio,
        {{ double_to_decimal(
            'case
                when intervals.auc_ratio < intervals.half_width then 0
                else intervals.auc_ratio - intervals.half_width
            end', 18, 6
        ) }} as auc_lower_ratio,
        {{ double_to_decimal(
            'case
                when intervals.auc_ratio + intervals.half_width > 1 then 1
                else intervals.auc_ratio + intervals.half_width
            end', 18, 6
        ) }} as auc_upper_ratio,
        {{ double_to_decimal('2 * intervals.auc_ratio - 1', 18, 6) }}
            as gini_ratio,
        {{ double_to_decimal('intervals.ks_ratio', 18, 6) }} as ks_ratio,
        totals.is_champion
    from totals
    left join intervals
        on
            totals.definition = intervals.definition
            and totals.score_version = intervals.score_version
)

select * from score_performance
