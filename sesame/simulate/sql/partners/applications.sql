select
    application_id,
    reader_id,
    subject_id,
    'consumption' as purpose,
    'CNY' as currency,
    amount,
    term_months,
    applied_at,
    applied_at as known_at
from credit_requests
