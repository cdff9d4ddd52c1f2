-- People rate those they know; firms are rated by customers. Marks follow the
-- rated one's position and, a little, reliability, with the noise of opinion.
with given as (
    select
        'rt' || from_n::varchar || '.' || to_n::varchar as rating_id,
        kt as kr,
        from_subject_id,
        to_subject_id,
        0.2 * to_reliability + 0.95 * to_social_position as standing,
        registered_at,
        greatest(registered_at, since_at) + to_hours(
            24 + floor(24 * 400 * pow(u(kt, 32), 2))::integer
        ) as rated_at
    from ties
    where u(kt, 11) < 0.5
    union all
    select
        'rr' || from_n::varchar || '.' || to_n::varchar as rating_id,
        kt + 1 as kr,
        to_subject_id as from_subject_id,
        from_subject_id as to_subject_id,
        0.2 * from_reliability + 0.95 * from_social_position as standing,
        registered_at,
        greatest(registered_at, since_at) + to_hours(
            24 + floor(24 * 400 * pow(u(kt, 34), 2))::integer
        ) as rated_at
    from ties
    where is_mutual and u(kt, 11) < 0.5 and u(kt, 12) < 0.9
    union all
    select
        'r' || order_id as rating_id,
        k_order as kr,
        subject_id as from_subject_id,
        seller_id as to_subject_id,
        shop_reliability as standing,
        greatest(registered_at, shop_registered_at) as registered_at,
        greatest(arrived_at, registered_at, shop_registered_at) + to_hours(
            2 + floor(24 * 10 * u(k_order, 32))::integer
        ) as rated_at
    from purchases
    where u(k_order, 31) < 0.04
),

felt as (
    select
        *,
        0.55 * standing + 0.83 * z(kr, 33) as feeling
    from given
)

-- Most give one point, few many, and who is angry all ten: the steps are those
-- of Bitcoin Alpha.
select
    rating_id,
    from_subject_id,
    to_subject_id,
    case
        when feeling < -1.47 then -10
        when feeling < -1.17 then -1 - floor(5 * pow(u(kr, 35), 3))
        when feeling < 0.68 then 1
        when feeling < 1.19 then 2
        when feeling < 1.52 then 3
        when feeling < 1.69 then 4
        when feeling < 2.00 then 5
        when feeling < 2.37 then 6 + floor(4 * u(kr, 35))
        else 10
    end::smallint as value,
    rated_at,
    known(rated_at, registered_at) as known_at
from felt
