-- Protects the whole way from int_scored_subjects to scores: nobody is lost,
-- whatever is (not) known about them, and nobody is scored who was not to be.

select
    subjects.subject_id,
    subjects.as_of_date,
    versions.score_version
from {{ ref('int_scored_subjects') }} as subjects
cross join {{ ref('int_score_versions') }} as versions
full outer join {{ ref('scores') }} as scores
    on
        subjects.subject_id = scores.subject_id
        and subjects.as_of_date = scores.as_of_date
        and versions.score_version = scores.score_version
where subjects.subject_id is null or scores.subject_id is null
