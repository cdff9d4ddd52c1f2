-- Protects reasons: no more principal reasons than the scale allows, numbered
-- without a gap. More than that number would breach what subjects are
-- promised.

select
    reasons.subject_id,
    reasons.as_of_date,
    reasons.score_version
from {{ ref('reasons') }} as reasons
inner join {{ ref('scales') }} as scales
    on reasons.score_version = scales.score_version
group by
    reasons.subject_id,
    reasons.as_of_date,
    reasons.score_version,
    scales.maximum_reasons
having
    count(*) > scales.maximum_reasons
    or max(reasons.reason_rank) <> count(*)
