-- grain: one row per rating consumer, with the number of those they rated
select count(*) as value
from rating_pairs
group by from_subject_id
