-- grain: one row per scored subject and as-of date with a tie or owner of some standing

with

relations as (
    select * from {{ ref('int_relations') }}
),

standings as (
    select * from {{ ref('int_standings') }}
),

-- Whoever nothing is known of has no standing and is left out of the mean.
sums as (
    select
        relations.subject_id,
        relations.as_of_date,
        count(*) as standings_count,
        sum(standings.standing) as standing_sum
    from relations
    inner join standings
        on
            relations.related_subject_id = standings.subject_id
            and relations.standing_date = standings.as_of_date
    group by relations.subject_id, relations.as_of_date
),

relation_standings as (
    select
        subject_id,
        as_of_date,
        {{ ratio('standing_sum', 'standings_count') }} as standing_mean
    from sums
)

select * from relation_standings
