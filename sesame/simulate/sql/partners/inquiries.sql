-- Every application is looked into; lenders, landlords, hotels, car rentals and
-- employers ask besides, more often about those under strain, who shop around.
with others as (
    select
        *,
        in_month(month_at, u(mk, 161)) as asked_at,
        1 + floor(12 * u(mk, 162))::integer as reader
    from life
    where
        reaches(month_at, 1)
        and u(mk, 163) < 0.05 * exp(1.2 * distress - 0.3 * reliability)
),

asked as (
    select
        'iq' || application_id as inquiry_id,
        reader_id,
        subject_id,
        'credit' as purpose,
        applied_at as asked_at
    from credit_requests
    union all
    select
        'iq' || n::varchar || '.' || month_number::varchar as inquiry_id,
        'r' || reader::varchar as reader_id,
        subject_id,
        case
            when reader <= 5 then 'credit'
            when reader <= 7 then 'rental'
            when reader = 8 then 'hotel'
            when reader = 9 then 'rental'
            when reader = 10 then 'employment'
            when reader = 11 then 'visa'
            else 'other'
        end as purpose,
        asked_at
    from others
    where asked_at >= registered_at + interval 1 day
)

select
    *,
    asked_at as known_at
from asked
