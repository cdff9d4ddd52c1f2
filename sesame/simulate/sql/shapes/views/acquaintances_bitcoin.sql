-- grain: one row per member and member they rated
-- There are no friendships in it: who traded with whom stands for them.
create view acquaintances as
select
    from_subject_id,
    to_subject_id
from rating_pairs
