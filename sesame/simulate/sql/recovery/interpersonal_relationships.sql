-- grain: one row per consumer of the cohort
-- Ties, what passes along them, and the same of those at their other end
-- (depth one). Those others need not belong to the cohort.
with nearby as (
    select
        unnest([friendships.from_subject_id, friendships.to_subject_id])
            as subject_id
    from friendships
    where
        friendships.from_subject_id
        in (select cohort.subject_id from cohort)
        or friendships.to_subject_id
        in (select cohort.subject_id from cohort)
),

circle as (
    select distinct subject_id from nearby
),

-- Both ends of each row: the tie is evidence about either.
ends as (
    select
        unnest([from_subject_id, to_subject_id]) as subject_id,
        unnest([to_subject_id, from_subject_id]) as other_id,
        unnest([true, false]) as is_own,
        since_at,
        until_at
    from friendships
),

declared as (
    select ends.* from ends
    where ends.subject_id in (select circle.subject_id from circle)
),

-- One row per person and other person, whoever declared the tie.
pairs as (
    select
        subject_id,
        other_id,
        count(distinct is_own) = 2 as is_mutual,
        bool_or(is_own) as is_declared,
        min(since_at) as since_at,
        bool_and(coalesce(until_at < getvariable('as_of'), false)) as is_ended
    from declared
    group by subject_id, other_id
),

exchange_ends as (
    select
        unnest([from_subject_id, to_subject_id]) as subject_id,
        unnest([to_subject_id, from_subject_id]) as other_id,
        month_at,
        messages,
        transfers
    from interactions
),

exchanged as (
    select exchange_ends.* from exchange_ends
    where exchange_ends.subject_id in (select circle.subject_id from circle)
),

exchange_facts as (
    select
        subject_id,
        count(distinct month_at) as months,
        count(distinct other_id) as partners,
        count(*) as pair_months,
        count(*) filter (
            where month_at >= getvariable('as_of') - interval 6 month
        ) as recent_pair_months,
        sum(messages)::double / count(*) as messages,
        sum(transfers)::double / count(*) as transfers
    from exchanged
    group by subject_id
),

rating_facts as (
    select
        ratings.to_subject_id as subject_id,
        count(*) as ratings,
        avg(ratings.value) as rating,
        min(ratings.value) as worst_rating
    from ratings
    where
        ratings.to_subject_id in (select circle.subject_id from circle)
    group by ratings.to_subject_id
),

given_facts as (
    select
        ratings.from_subject_id as subject_id,
        count(*) as ratings,
        avg(ratings.value) as rating
    from ratings
    where
        ratings.from_subject_id in (select cohort.subject_id from cohort)
    group by ratings.from_subject_id
),

tie_facts as (
    select
        subject_id,
        count(*) filter (where not is_ended) as ties,
        count(*) filter (where is_ended) as ended_ties,
        count(*) filter (where is_mutual and not is_ended) as mutual_ties,
        count(*) filter (where not is_declared) as unreturned_ties,
        avg(is_mutual::integer) as mutual_ratio,
        median(date_diff('day', since_at, getvariable('as_of'))) as tie_days,
        date_diff('day', min(since_at), getvariable('as_of')) as oldest_days,
        count(*) filter (
            where since_at >= getvariable('as_of') - interval 12 month
        ) as recent_ties
    from pairs
    group by subject_id
),

circle_facts as (
    select
        pairs.subject_id,
        avg(other_ties.ties) as ties,
        max(other_ties.ties) as most_ties,
        median(other_ties.mutual_ratio) as mutual_ratio,
        avg(exchanges.pair_months) as pair_months,
        avg(marks.ratings) as ratings,
        median(marks.rating) as rating
    from pairs
    inner join cohort on pairs.subject_id = cohort.subject_id
    inner join tie_facts as other_ties on pairs.other_id = other_ties.subject_id
    left join exchange_facts as exchanges
        on pairs.other_id = exchanges.subject_id
    left join rating_facts as marks on pairs.other_id = marks.subject_id
    group by pairs.subject_id
)

select
    cohort.subject_id,
    coalesce(tie_facts.ties, 0) as ties,
    coalesce(tie_facts.mutual_ties, 0) as mutual_ties,
    coalesce(tie_facts.ended_ties, 0) as ended_ties,
    coalesce(tie_facts.unreturned_ties, 0) as unreturned_ties,
    coalesce(tie_facts.recent_ties, 0) as recent_ties,
    tie_facts.mutual_ratio,
    tie_facts.tie_days,
    tie_facts.oldest_days as oldest_tie_days,
    coalesce(exchange_facts.months, 0) as exchange_months,
    coalesce(exchange_facts.partners, 0) as partners,
    coalesce(exchange_facts.pair_months, 0) as pair_months,
    coalesce(exchange_facts.recent_pair_months, 0) as recent_pair_months,
    exchange_facts.pair_months / tie_facts.ties as pair_month_rate,
    exchange_facts.messages,
    exchange_facts.transfers,
    coalesce(rating_facts.ratings, 0) as ratings_received,
    rating_facts.rating as rating_received,
    rating_facts.worst_rating,
    coalesce(given_facts.ratings, 0) as ratings_given,
    given_facts.rating as rating_given,
    circle_facts.ties as circle_ties,
    circle_facts.most_ties as circle_most_ties,
    circle_facts.mutual_ratio as circle_mutual_ratio,
    circle_facts.pair_months as circle_pair_months,
    circle_facts.ratings as circle_ratings,
    circle_facts.rating as circle_rating
from cohort
left join tie_facts on cohort.subject_id = tie_facts.subject_id
left join exchange_facts on cohort.subject_id = exchange_facts.subject_id
left join rating_facts on cohort.subject_id = rating_facts.subject_id
left join given_facts on cohort.subject_id = given_facts.subject_id
left join circle_facts on cohort.subject_id = circle_facts.subject_id
