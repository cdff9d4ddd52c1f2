with directed as (
    select
        kt,
        0 as way,
        from_subject_id,
        to_subject_id,
        from_n,
        to_n,
        since_at,
        until_at,
        registered_at
    from ties
    union all
    select
        kt,
        1 as way,
        to_subject_id as from_subject_id,
        from_subject_id as to_subject_id,
        to_n as from_n,
        from_n as to_n,
        since_at + interval 2 day as since_at,
        until_at,
        registered_at
    from ties
    where is_mutual
)

select
    'fr' || from_n::varchar || '.' || to_n::varchar as friendship_id,
    from_subject_id,
    to_subject_id,
    since_at,
    -- An end that lies after the row became known is not stated.
    if(
        until_at > since_at and until_at <= known(since_at, registered_at),
        until_at,
        null
    ) as until_at,
    known(since_at, registered_at) as known_at
from directed
