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
members as (
    select
        scores.subject_id,
        scores.score_version,
        monitored_dates.population,
        subject_groups.characteristic,
        subject_groups.group_name,
        scores.score
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
),

-- Who applied five times is one member, whatever the five scores.
member_counts as (
    select
        score_version,
        population,
        characteristic,
        group_name,
        count(distinct subject_id) as member_count
    from members
    group by score_version, population, characteristic, group_name
),

group_counts as (
    select
        members.score_version,
        members.population,
        members.characteristic,
        members.group_name,
        members.score,
        count(*) as subject_count,
        member_counts.member_count
    from members
    inner join member_counts
        on
            members.score_version = member_counts.score_version
            and members.population = member_counts.population
            and members.characteristic = member_counts.characteristic
            and members.group_name = member_counts.group_name
    group by
        members.score_version,
        members.population,
        members.characteristic,
        members.group_name,
        members.score,
        member_counts.member_count
)

select * from group_counts
