-- One subject in eight lets a reader see the score for a year; some think
-- better of it, which is delivered as the row's later state.
with permitted as (
    select
        subject_id,
        n,
        k,
        registered_at + to_days(5 + floor(200 * u(k, 82))::integer)
            as valid_from_at
    from people
    where u(k, 81) < 0.125
),

revoked as (
    select
        *,
        if(u(k, 85) < 0.1, valid_from_at + interval 40 day, null) as revoked_at
    from permitted
)

select
    'au' || n::varchar as authorisation_id,
    subject_id,
    'r' || (1 + floor(12 * u(k, 83)))::integer::varchar as reader_id,
    pick(u(k, 84), ['credit', 'rental', 'hotel', 'employment']) as purpose,
    pick(u(k, 86), ['score', 'score', 'factors', 'contributions']) as scope,
    valid_from_at,
    valid_from_at + interval 365 day as valid_until_at,
    revoked_at,
    coalesce(revoked_at, valid_from_at) as known_at
from revoked
