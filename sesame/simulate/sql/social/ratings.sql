-- People rate those they know; firms are rated by customers. Marks follow the
-- rated one's reliability, with the noise of opinion.
with given as (
    select
        kt as kr,
        from_subject_id,
        to_subject_id,
        to_reliability,
        greatest(registered_at, since_at) as registered_at
    from ties
    where u(kt, 11) < 0.5
    union all
    select
        k_order,
        subject_id,
        seller_id,
        shop_reliability,
        greatest(ordered_at, shop_registered_at)
    from purchases
    where u(k_order, 31) < 0.04
    qualify row_number() over (
        partition by subject_id, seller_id order by ordered_at, order_id
    ) = 1
),

dated as (
    select
        *,
        registered_at + to_hours(
            24 + floor(24 * 400 * pow(u(kr, 32), 2))::integer
        ) as rated_at
    from given
)

select
    'ra' || from_subject_id || '.' || to_subject_id as rating_id,
    from_subject_id,
    to_subject_id,
    greatest(
        -10, least(10, round(2.2 + 2.0 * to_reliability + 2.2 * z(kr, 33)))
    )::smallint as value,
    rated_at,
    known(rated_at, registered_at) as known_at
from dated
