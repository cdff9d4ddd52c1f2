-- grain: one row per kind of act in the last four months, with its number
select
    action as category,
    count(*) as row_count
from recent_acts
group by action
