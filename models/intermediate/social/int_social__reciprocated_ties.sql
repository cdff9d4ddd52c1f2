-- grain: one row per subject, tie, date mutual, date known and date ended

with

friendships as (
    select * from {{ ref('stg_social__friendships') }}
),

-- Mutual from the later declaration on, until the first end that is known.
-- Pairs of periods that never overlapped make no tie.
pairs as (
    select
        outgoing.from_subject_id as subject_id,
        outgoing.to_subject_id as tie_subject_id,
        greatest(
            cast(outgoing.since_at as date), cast(incoming.since_at as date)
        ) as event_date,
        greatest(
            cast(outgoing.known_at as date), cast(incoming.known_at as date)
        ) as known_date,
        least(
            coalesce(outgoing.until_at, incoming.until_at),
            coalesce(incoming.until_at, outgoing.until_at)
        ) as until_at
    from friendships as outgoing
    inner join friendships as incoming
        on
            outgoing.from_subject_id = incoming.to_subject_id
            and outgoing.to_subject_id = incoming.from_subject_id
    where outgoing.from_subject_id <> outgoing.to_subject_id
),

ties as (
    select
        subject_id,
        tie_subject_id,
        event_date,
        known_date,
        cast(until_at as date) as until_date,
        count(*) as declarations_count
    from pairs
    where until_at is null or event_date <= cast(until_at as date)
    group by
        subject_id,
        tie_subject_id,
        event_date,
        known_date,
        cast(until_at as date)
)

select * from ties
