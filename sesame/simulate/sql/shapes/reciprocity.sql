-- grain: one row: the share of ratings that were answered by one back
select count(answers.from_subject_id) / count(*) as value
from rating_pairs
left join rating_pairs as answers
    on
        rating_pairs.from_subject_id = answers.to_subject_id
        and rating_pairs.to_subject_id = answers.from_subject_id
