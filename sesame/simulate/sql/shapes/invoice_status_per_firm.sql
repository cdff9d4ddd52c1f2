-- grain: one row per firm, with the share of its invoices of that status
-- Below twenty invoices a share is mostly chance.
select avg(if(status = getvariable('status'), 1, 0)) as value
from payments_invoices
where direction = getvariable('direction')
group by subject_id
having count(*) >= 20
