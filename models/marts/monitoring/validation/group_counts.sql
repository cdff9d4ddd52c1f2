-- grain: one row per score version, population, characteristic, group and score, or no score

with

scores as (
    select * from {{ ref('scores') }}
),

monitored_dates as (
    select * from {{ ref('monitored_dates') }}
),

subject_groups as (
    select * from {{ ref('subject_groups') }}
),

-- Of official dates only the latest, or everyone would count once for each.
group_counts as (
    select
        scores.score_version,
        monitored_dates.population,
        subject_groups.characteristic,
        subject_groups.group_name,
        scores.score,
        count(*) as subject_count
    from scores
    inner join monitored_dates
        on
            scores.score_version = monitored_dates.score_version
            and scores.as_of_date = monitored_dates.as_of_date
    inner join subject_groups
        on {{ same_score('subject_groups', 'scores') }}
    where
        monitored_dates.population = 'applications'
        or monitored_dates.is_latest
    group by
        scores.score_version,
        monitored_dates.population,
        subject_groups.characteristic,
        subject_groups.group_name,
        scores.score
)

select * from group_counts
