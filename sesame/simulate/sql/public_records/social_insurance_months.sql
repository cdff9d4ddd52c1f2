-- Employers contribute for those in formal work, with gaps under strain.
select
    'si' || n::varchar || '.' || month_number::varchar as contribution_id,
    subject_id,
    'CNY' as currency,
    money(monthly_income * 0.9) as base_amount,
    month_at as covered_at,
    known(month_at, registered_at) as known_at
from life
where
    is_formal
    and reaches(month_at, 2)
    and month_at >= registered_at
    and u(mk, 151) < logistic(3.2 + 0.2 * stability - 3.0 * job_loss)
