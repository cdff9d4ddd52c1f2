-- grain: one row: the share of users with a view who bought
select count(*) filter (where buy_count > 0) / count(*) as value
from recent_viewers
