-- Accepted and refused alike. The probability is that of the month's beginning;
-- of one whose default has come it is 1 while in arrears and 0 after, as nobody
-- defaults twice. is_default_12m: what became of the subject, or would have
-- become of the loan; null where that is not yet over.
select
    application_id,
    subject_id,
    reader_id,
    applied_at,
    is_granted,
    if(
        coalesce(default_month <= month_number, false),
        is_default::integer,
        default_12m_probability
    )::float as default_12m_probability,
    if(
        applied_at + interval 12 month <= getvariable('end_at'),
        is_default,
        null
    ) as is_default_12m
from credit_requests
order by n, month_number
