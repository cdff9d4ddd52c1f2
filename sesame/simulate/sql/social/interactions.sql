select
    'ia' || from_n::varchar || '.' || to_n::varchar
    || '.' || month_number::varchar as interaction_id,
    from_subject_id,
    to_subject_id,
    messages,
    transfers,
    month_at,
    known(month_at, registered_at) as known_at
from contacts
