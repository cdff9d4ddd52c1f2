-- grain: one row per score version, population, period, part of the reference or not, and score, or no score

with

scores as (
    select * from {{ ref('scores') }}
),

monitored_dates as (
    select * from {{ ref('monitored_dates') }}
),

scales as (
    select * from {{ ref('scales') }}
),

counted as (
    select
        scores.score_version,
        monitored_dates.population,
        monitored_dates.period_date,
        monitored_dates.is_reference,
        monitored_dates.is_latest,
        scores.score,
        count(*) as subject_count
    from scores
    inner join monitored_dates
        on
            scores.score_version = monitored_dates.score_version
            and scores.as_of_date = monitored_dates.as_of_date
    group by
        scores.score_version,
        monitored_dates.population,
        monitored_dates.period_date,
        monitored_dates.is_reference,
        monitored_dates.is_latest,
        scores.score
),

score_counts as (
    select
        counted.score_version,
        counted.population,
        counted.score,
        {{ double_to_decimal(
            default_probability(score_log_odds('counted.score', 'scales')),
            18, 12
        ) }} as default_probability,
        -- a doubling of the odds, or whatever the scale's step is
        cast(
            floor(
                cast(counted.score - scales.minimum_score as double)
                / cast(scales.step_points as double)
            ) as integer
        ) as step_number,
        counted.subject_count,
        counted.is_reference,
        counted.is_latest,
        counted.period_date
    from counted
    inner join scales on counted.score_version = scales.score_version
)

select * from score_counts
