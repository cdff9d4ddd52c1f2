-- r1 to r5 lend (block/credit_requests.sql and block/facilities.sql name them).
select
    'r' || position::varchar as reader_id,
    [
        'lender', 'lender', 'lender', 'lender', 'lender', 'landlord',
        'landlord', 'hotel', 'car_rental', 'employer', 'visa_office', 'other'
    ][position] as kind,
    timestamp '2018-01-01' + to_days(position::integer * 90) as registered_at,
    timestamp '2018-01-01' + to_days(position::integer * 90) as known_at
from (
    select unnest(range(1, 13)) as position
) as numbered
