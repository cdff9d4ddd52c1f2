-- grain: one row per person, with the number of those they know
-- Who is known both ways is known once.
with neighbours as (
    select
        from_subject_id as subject_id,
        to_subject_id as neighbour_id
    from acquaintances
    union distinct
    select
        to_subject_id as subject_id,
        from_subject_id as neighbour_id
    from acquaintances
)

select count(*) as value
from neighbours
group by subject_id
