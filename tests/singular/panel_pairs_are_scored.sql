-- Protects int_scored_subjects: every pair of the training panel (var `panel`)
-- is in it. One whose subject is unknown, or was not known yet on that date,
-- would otherwise be missing from the training data without a word.
{{ config(enabled=var('panel') is not none) }}

select
    panel.subject_id,
    panel.as_of_date
from {{ var('panel') }} as panel
left join {{ ref('int_scored_subjects') }} as subjects
    on
        panel.subject_id = subjects.subject_id
        and cast(panel.as_of_date as date) = subjects.as_of_date
where
    subjects.subject_id is null
    and {{ in_dev_sample('panel.subject_id') }}
