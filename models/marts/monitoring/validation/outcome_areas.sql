-- grain: one row per definition of default, score version and segment with defaults and others
{#
    Discrimination of the published score. Everything is counted per score value first: a
    few hundred integers hold all that the area under the curve, its variance after DeLong
    (Sun and Xu 2014, who show it from ranks) and the Kolmogorov-Smirnov distance need.
#}
{%- set keys = 'definition, score_version, segment_type, segment' %}

with

outcome_counts as (
    select * from {{ ref('outcome_counts') }}
    where score is not null and outcome_count > 0
),

confidence as (
    select * from {{ ref('confidence_levels') }}
),

cumulated as (
    select
        *,
        sum(default_count) over (
            partition by {{ keys }} order by score
            rows between unbounded preceding and current row
        ) as defaults_up_to,
        sum(good_count) over (
            partition by {{ keys }} order by score
            rows between unbounded preceding and current row
        ) as goods_up_to,
        sum(default_count) over (partition by {{ keys }}) as defaults,
        sum(good_count) over (partition by {{ keys }}) as goods
    from outcome_counts
),

-- Placement values: the share of defaults that a good subject outscores, and of good
-- subjects that outscore a default; a tie counts half.
placed as (
    select
        *,
        (
            cast(defaults_up_to as double) - cast(default_count as double) / 2
        ) / defaults as good_placement,
        (
            cast(goods - goods_up_to as double) + cast(good_count as double) / 2
        ) / goods as default_placement,
        abs(
            cast(defaults_up_to as double) / defaults
            - cast(goods_up_to as double) / goods
        ) as distance
    from cumulated
    where defaults > 0 and goods > 0
),

moments as (
    select
        {{ keys }},
        defaults,
        goods,
        sum({{ double_to_decimal('good_count * good_placement', 28, 12) }})
            as good_sum,
        sum(
            {{ double_to_decimal(
                'good_count * good_placement * good_placement', 28, 12
            ) }}
        ) as good_square_sum,
        sum(
            {{ double_to_decimal(
                'default_count * default_placement * default_placement', 28, 12
            ) }}
        ) as default_square_sum,
        max(distance) as ks_ratio
    from placed
    group by {{ keys }}, defaults, goods
),

areas as (
    select
        *,
        cast(good_sum as double) / goods as auc_ratio
    from moments
),

variances as (
    select
        *,
        (cast(good_square_sum as double) / goods - auc_ratio * auc_ratio)
        / nullif(goods - 1, 0)
        + (
            cast(default_square_sum as double) / defaults
            - auc_ratio * auc_ratio
        )
        / nullif(defaults - 1, 0) as auc_variance
    from areas
),

-- Without variance there is no interval: not of a single default or other, and not of a perfect
-- ranking, of which two defaults are no proof (the difference of squares misses zero by a hair).
-- Else on the scale of log-odds, where it stays between 0 and 1 by itself (Pepe 2003).
intervals as (
    select
        variances.*,
        case
            when {{ double_to_decimal('variances.auc_variance', 18, 10) }} > 0
                then
                    cast(confidence.normal_quantile as double)
                    * sqrt(variances.auc_variance)
                    / (variances.auc_ratio * (1 - variances.auc_ratio))
        end as half_width
    from variances
    cross join confidence
),

outcome_areas as (
    select
        {{ keys }},
        {{ double_to_decimal('auc_ratio', 18, 6) }} as auc_ratio,
        {{ double_to_decimal(
            'auc_ratio / (auc_ratio + (1 - auc_ratio) * exp(half_width))', 18, 6
        ) }} as auc_lower_ratio,
        {{ double_to_decimal(
            'auc_ratio / (auc_ratio + (1 - auc_ratio) * exp(-half_width))',
            18, 6
        ) }} as auc_upper_ratio,
        {{ double_to_decimal('2 * auc_ratio - 1', 18, 6) }} as gini_ratio,
        {{ double_to_decimal('ks_ratio', 18, 6) }} as ks_ratio
    from intervals
)

select * from outcome_areas
