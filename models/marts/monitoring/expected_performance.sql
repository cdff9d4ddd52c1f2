-- grain: one row per sample, score version, segment type and segment
{#
    The area is that of expected pairs of a default and none, if each score's own odds are true;
    nobody is paired with themselves.
#}
{%- set keys = 'sample_name, score_version, segment_type, segment' %}
{%- set chance = 'cast(default_probability as double)' %}

with

outcome_counts as (
    select * from {{ ref('outcome_counts') }}
),

score_counts as (
    select * from {{ ref('score_counts') }}
),

performance as (
    select * from {{ ref('score_performance') }}
),

counts as (
    select
        outcome_counts.definition as sample_name,
        outcome_counts.score_version,
        outcome_counts.segment_type,
        outcome_counts.segment,
        outcome_counts.score,
        outcome_counts.default_probability,
        outcome_counts.outcome_count as subject_count
    from outcome_counts
    -- its segments alone: gender and age are not for readers
    inner join performance
        on {{ same_segment('outcome_counts', 'performance') }}
    where outcome_counts.score is not null and outcome_counts.outcome_count > 0
    union all
    select
        population as sample_name,
        score_version,
        'period' as segment_type,
        cast(period_date as string) as segment,
        score,
        default_probability,
        sum(subject_count) as subject_count
    from score_counts
    where score is not null
    group by
        population, score_version, period_date, score, default_probability
),

masses as (
    select
        {{ keys }},
        score,
        subject_count,
        {{ double_to_decimal('subject_count * ' ~ chance, 28, 10) }}
            as default_mass,
        {{ double_to_decimal('subject_count * (1 - ' ~ chance ~ ')', 28, 10) }}
            as good_mass,
        {{ double_to_decimal(
            'subject_count * ' ~ chance ~ ' * (1 - ' ~ chance ~ ')', 28, 10
        ) }} as own_mass
    from counts
),

ranked as (
    select
        *,
        sum(default_mass) over (
            partition by {{ keys }} order by score
            rows between unbounded preceding and current row
        ) - default_mass as defaults_below,
        sum(subject_count) over (partition by {{ keys }}) as subjects,
        cast(sum(default_mass) over (partition by {{ keys }}) as double)
        * cast(sum(good_mass) over (partition by {{ keys }}) as double)
        - cast(sum(own_mass) over (partition by {{ keys }}) as double) as pairs
    from masses
),

sums as (
    select
        {{ keys }},
        sum(subject_count) as subject_count,
        sum(default_mass) as default_mass,
        sum(
            case
                when subjects > 1
                    then {{ double_to_decimal(
                        '(
                            cast(good_mass as double) * (
                                cast(defaults_below as double)
                                + cast(default_mass as double) / 2
                            )
                            - cast(own_mass as double) / 2
                        ) / pairs', 28, 12
                    ) }}
            end
        ) as auc_ratio
    from ranked
    group by {{ keys }}
),

expected_performance as (
    select
        sums.sample_name,
        sums.score_version,
        sums.segment_type,
        sums.segment,
        cast(sums.subject_count as bigint) as scored_count,
        cast(sums.default_mass as decimal(18, 6)) as expected_default_count,
        {{ double_to_decimal(ratio(
            'sums.default_mass', 'sums.subject_count'
        ), 18, 6) }} as expected_default_ratio,
        cast(sums.auc_ratio as decimal(18, 6)) as expected_auc_ratio,
        performance.default_count,
        performance.immature_count,
        performance.default_ratio,
        performance.auc_ratio
    from sums
    left join performance
        on
            sums.sample_name = performance.definition
            and sums.score_version = performance.score_version
            and sums.segment_type = performance.segment_type
            and sums.segment = performance.segment
)

select * from expected_performance
