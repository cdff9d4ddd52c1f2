-- grain: one row per rating of a consumer by a consumer
-- Ratings of shops have no counterpart in Bitcoin Alpha, whose members all are
-- persons.
create view consumer_ratings as
with consumers as (
    select subject_id
    from identity_subjects
    where kind = 'consumer'
)

select
    ratings.from_subject_id,
    ratings.to_subject_id,
    ratings.value
from social_ratings as ratings
semi join consumers as raters
    on ratings.from_subject_id = raters.subject_id
semi join consumers as members
    on ratings.to_subject_id = members.subject_id
where ratings.value between -10 and 10
