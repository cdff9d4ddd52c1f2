-- grain: one row per consumer and consumer they rated, however often
create view rating_pairs as
select distinct
    from_subject_id,
    to_subject_id
from consumer_ratings
