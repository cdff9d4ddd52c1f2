-- grain: one row per rated consumer, with the number of those who rated them
select count(*) as value
from rating_pairs
group by to_subject_id
