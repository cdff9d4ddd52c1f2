select
    account_id,
    subject_id,
    lender_id,
    facility_kind as kind,
    'CNY' as currency,
    if(is_revolving, amount, null) as limit_amount,
    if(is_revolving, null, amount) as principal_amount,
    if(is_revolving, null, term_months) as term_months,
    opened_at,
    known(opened_at, registered_at) as known_at
from facilities
