-- An end that lies after the row became known is not stated: nobody knew.
select
    'ad' || n::varchar || '.' || position::varchar as address_id,
    subject_id,
    address,
    if(kind = 'consumer', 'home', 'registered') as kind,
    valid_from_at,
    if(
        valid_until_at <= known(valid_from_at, registered_at),
        valid_until_at,
        null
    ) as valid_until_at,
    known(valid_from_at, registered_at) as known_at
from homes
