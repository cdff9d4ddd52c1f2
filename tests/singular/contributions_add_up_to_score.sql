-- Protects contributions and scores: promise 4, every score explains itself.
-- Without it an item that a join drops or doubles would leave an explanation
-- that no longer explains the score.

with

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
    scores.subject_id,
    scores.as_of_date,
    scores.score_version
from {{ ref('scores') }} as scores
full outer join sums
    on
        scores.subject_id = sums.subject_id
        and scores.as_of_date = sums.as_of_date
        and scores.score_version = sums.score_version
where
    coalesce(scores.is_scoreable, false) <> (sums.total_points is not null)
    or scores.score <> sums.total_points
