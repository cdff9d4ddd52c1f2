-- grain: one row: the pooled deviation of ln(amount) from its firm's mean
with firms as (
    select
        count(*) - 1 as freedom,
        var_samp(ln(net_amount)) as log_variance
    from payments_invoices
    where
        direction = getvariable('direction')
        and status = 'valid'
        and net_amount > 0
    group by subject_id
    having count(*) > 1
)

select sqrt(sum(log_variance * freedom) / sum(freedom)) as value
from firms
