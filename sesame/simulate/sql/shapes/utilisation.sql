-- grain: one row per card statement, with the share of the limit drawn
select cast(balance_amount as double) / cast(limit_amount as double) as value
from card_statements
where limit_amount > 0
