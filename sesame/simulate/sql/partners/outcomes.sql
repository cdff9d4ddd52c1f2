-- The facilities that an application opened, twelve months on: defaulted where
-- a due date was missed by 90 days by then. Refused applicants have none.
select
    'oc' || application_id as outcome_id,
    subject_id,
    'f' || application_id as facility_id,
    '90_days_past_due_in_12_months' as definition,
    is_default,
    term_months <= 12 as is_closed,
    applied_at as scored_as_of_at,
    applied_at + interval 12 month as observed_at,
    applied_at + interval 12 month as known_at
from credit_requests
where is_granted
