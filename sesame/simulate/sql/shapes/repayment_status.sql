-- grain: one row per repayment status, with the number of its statements
select
    repayment_status as category,
    count(*) as row_count
from card_statements
where repayment_status is not null
group by repayment_status
