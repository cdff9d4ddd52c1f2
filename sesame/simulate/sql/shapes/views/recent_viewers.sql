-- grain: one row per user with a view in the last four months
create view recent_viewers as
select
    subject_id,
    count(*) filter (where action = 'view') as view_count,
    count(*) filter (where action = 'buy') as buy_count
from recent_acts
group by subject_id
having count(*) filter (where action = 'view') > 0
