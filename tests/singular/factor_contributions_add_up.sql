-- Protects factor_scores: its points and those of the factor's attributes are
-- the same points. A join that loses an attribute would otherwise show a
-- factor that its items contradict.

with

from_items as (
    select
        subject_id,
        as_of_date,
        score_version,
        factor,
        sum(contribution_points) as total_points
    from {{ ref('contributions') }}
    where factor is not null
    group by subject_id, as_of_date, score_version, factor
)

select
    factor_scores.subject_id,
    factor_scores.as_of_date,
    factor_scores.score_version,
    factor_scores.factor
from {{ ref('factor_scores') }} as factor_scores
left join from_items
    on
        factor_scores.subject_id = from_items.subject_id
        and factor_scores.as_of_date = from_items.as_of_date
        and factor_scores.score_version = from_items.score_version
        and factor_scores.factor = from_items.factor
where
    factor_scores.contribution_points
    <> coalesce(from_items.total_points, 0)
