-- Protects scores: the bounds that the contract states in figures are those of
-- the scale, and every score has a band. A scale changed in the seed alone
-- would otherwise pass unseen.

select
    scores.subject_id,
    scores.as_of_date,
    scores.score_version
from {{ ref('scores') }} as scores
inner join {{ ref('scales') }} as scales
    on scores.score_version = scales.score_version
where
    scores.score not between scales.minimum_score and scales.maximum_score
    or (scores.band is null) = scores.is_scoreable
