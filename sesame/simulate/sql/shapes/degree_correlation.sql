-- grain: one row: how ratings received and given go together, in logarithms
with received as (
    select
        to_subject_id as subject_id,
        count(*) as degree
    from rating_pairs
    group by to_subject_id
),

given as (
    select
        from_subject_id as subject_id,
        count(*) as degree
    from rating_pairs
    group by from_subject_id
)

select corr(ln(received.degree), ln(given.degree)) as value
from received
inner join given on received.subject_id = given.subject_id
