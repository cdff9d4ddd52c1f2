-- grain: one row per user with a view in the last four months
select view_count as value
from recent_viewers
