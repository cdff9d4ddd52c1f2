-- grain: one row per valid invoice of the direction asked for
select cast(net_amount as double) as value
from payments_invoices
where
    direction = getvariable('direction')
    and status = 'valid'
    and net_amount > 0
