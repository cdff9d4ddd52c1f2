-- grain: one row per card statement with a balance, with the share paid of it
select cast(paid_amount as double) / cast(balance_amount as double) as value
from card_statements
where balance_amount > 0 and paid_amount is not null
