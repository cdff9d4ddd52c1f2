-- grain: one row: the share of all invoices of a direction with that status
select avg(if(status = getvariable('status'), 1, 0)) as value
from payments_invoices
where direction = getvariable('direction')
