-- grain: one row per friendship that is not known to have ended, as declared
create view acquaintances as
select
    from_subject_id,
    to_subject_id
from social_friendships
where until_at is null
