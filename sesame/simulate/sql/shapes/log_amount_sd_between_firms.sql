-- grain: one row: the deviation of firms' means of ln(amount)
with firms as (
    select avg(ln(net_amount)) as log_mean
    from payments_invoices
    where
        direction = getvariable('direction')
        and status = 'valid'
        and net_amount > 0
    group by subject_id
    having count(*) > 1
)

select stddev_samp(log_mean) as value
from firms
