-- grain: one row per member who rates and member rated

with

ratings as (
    select *
    from source_ratings
    where excluded_because is null
)

select
    from_subject_id || '>' || split_part(to_subject_id, ':', 3) as rating_id,
    from_subject_id,
    to_subject_id,
    rating as value,
    rated_at,
    source_row as _source_ratings
from ratings
