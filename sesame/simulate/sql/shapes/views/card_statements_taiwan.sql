-- grain: one row per statement; all are those of consumers' cards
-- The status is the bank's own: -2 no consumption, -1 paid in full,
-- 0 revolving, n months late.
create view card_statements as
select
    limit_amount,
    balance_amount,
    paid_amount,
    case
        when cast(lender_status as integer) >= 3 then '3 or more'
        when lender_status = '2' then '2 months late'
        when lender_status = '1' then '1 month late'
        when lender_status = '0' then 'revolving'
        else 'paid duly'
    end as repayment_status
from payments_credit_statements
