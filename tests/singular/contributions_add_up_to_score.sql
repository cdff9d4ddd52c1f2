-- Protects contributions and scores: promise 4, every score explains itself.
-- Without it an item that a join drops or doubles would leave an explanation
-- that no longer explains the score. Those of the champion are stored; that
-- its neutral items are not changes no sum.

with

champion_scores as (
    select * from {{ ref('scores') }}
    where is_champion
),

sums as (
    select
        subject_id,
        as_of_date,
        score_version,
        sum(contribution_points) as total_points
    from {{ ref('contributions') }}
    group by subject_id, as_of_date, score_version
)

select
    champion_scores.subject_id,
    champion_scores.as_of_date,
    champion_scores.score_version
from champion_scores
full outer join sums
    on
        champion_scores.subject_id = sums.subject_id
        and champion_scores.as_of_date = sums.as_of_date
        and champion_scores.score_version = sums.score_version
where
    coalesce(champion_scores.is_scoreable, false)
    <> (sums.total_points is not null)
    or champion_scores.score <> sums.total_points
