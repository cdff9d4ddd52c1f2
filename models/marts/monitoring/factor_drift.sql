-- grain: one row per score version, population, period and factor
{%- set keys =
    'factor_scores.score_version, monitored_dates.population, '
    ~ 'factor_scores.factor, monitored_dates.period_date' %}

with

factor_scores as (
    select * from {{ ref('factor_scores') }}
),

monitored_dates as (
    select * from {{ ref('monitored_dates') }}
),

rules as (
    select * from {{ ref('monitoring_rules') }}
),

parts as (
    select
        {{ keys }},
        monitored_dates.is_reference,
        count(*) as subject_count,
        sum(factor_scores.weight_ratio) as weight_sum,
        sum(factor_scores.evidence_ratio) as evidence_sum
    from factor_scores
    inner join monitored_dates
        on
            factor_scores.score_version = monitored_dates.score_version
            and factor_scores.as_of_date = monitored_dates.as_of_date
    group by {{ keys }}, monitored_dates.is_reference
),

in_reference as (
    select
        score_version,
        population,
        factor,
        sum(subject_count) as subject_count,
        sum(weight_sum) as weight_sum,
        sum(evidence_sum) as evidence_sum
    from parts
    where is_reference
    group by score_version, population, factor
),

periods as (
    select
        score_version,
        population,
        factor,
        period_date,
        max(case when is_reference then 1 else 0 end) = 1 as is_reference,
        sum(subject_count) as subject_count,
        sum(weight_sum) as weight_sum,
        sum(evidence_sum) as evidence_sum
    from parts
    group by score_version, population, factor, period_date
),

means as (
    select
        periods.score_version,
        periods.population,
        periods.factor,
        cast(periods.subject_count as bigint) as subject_count,
        cast(in_reference.subject_count as bigint) as reference_count,
        {%- for part in ['weight', 'evidence'] %}
        {{ double_to_decimal(ratio(
            'periods.' ~ part ~ '_sum', 'periods.subject_count'
        ), 18, 6) }} as mean_{{ part }}_ratio,
        {{ double_to_decimal(ratio(
            'in_reference.' ~ part ~ '_sum', 'in_reference.subject_count'
        ), 18, 6) }} as reference_{{ part }}_ratio,
        {%- endfor %}
        periods.is_reference,
        periods.period_date
    from periods
    left join in_reference
        on
            periods.score_version = in_reference.score_version
            and periods.population = in_reference.population
            and periods.factor = in_reference.factor
),

factor_drift as (
    select
        means.score_version,
        means.population,
        means.factor,
        case
            when means.is_reference then 'reference'
            when
                means.subject_count < rules.enough_count
                or coalesce(means.reference_count, 0) < rules.enough_count
                then 'too few'
            when
                abs(means.mean_weight_ratio - means.reference_weight_ratio)
                >= rules.factor_watch_ratio
                or abs(
                    means.mean_evidence_ratio - means.reference_evidence_ratio
                ) >= rules.factor_watch_ratio
                then 'watch'
            else 'stable'
        end as light,
        means.subject_count,
        means.reference_count,
        {%- for part in ['weight', 'evidence'] %}
        means.mean_{{ part }}_ratio,
        means.reference_{{ part }}_ratio,
        {%- endfor %}
        means.period_date
    from means
    cross join rules
)

select * from factor_drift
