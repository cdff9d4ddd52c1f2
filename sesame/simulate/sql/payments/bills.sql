-- Delivered a day after it is paid, or 90 days after it was due.
select
    bill_id,
    subject_id,
    bill_kind as kind,
    'CNY' as currency,
    due_amount,
    case
        when paid_at is not null then due_amount
        when u(kb, 6) < 0.3 then money(0.5 * due_amount)
        else 0.00
    end as paid_amount,
    issued_at,
    due_at,
    paid_at,
    coalesce(paid_at, due_at + interval 90 day) + interval 1 day as known_at
from bill_list
