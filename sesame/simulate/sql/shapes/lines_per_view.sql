-- grain: one row: order lines per page view, of all users with a view
select sum(buy_count) / sum(view_count) as value
from recent_viewers
