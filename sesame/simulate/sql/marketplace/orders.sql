-- Nine orders in ten go home, the others to a neighbour, an office, a locker.
with housed as (
    select
        purchases.*,
        homes.address
    from purchases
    asof left join homes
        on
            purchases.n = homes.n
            and purchases.ordered_at >= homes.valid_from_at
)

select
    housed.order_id,
    housed.subject_id,
    housed.shop_id,
    if(
        not housed.is_fake
        and u(housed.k_order, 11) < logistic(2.4 + 0.3 * housed.activity),
        housed.address,
        '虚构市代收点' || floor(
            400 * u(housed.k_order, 12)
        )::integer::varchar || '号'
    ) as delivery_address,
    'CNY' as currency,
    order_amounts.amount,
    if(housed.is_cancelled, 'cancelled', 'completed') as status,
    housed.ordered_at,
    housed.promised_at,
    if(housed.is_cancelled, null, housed.arrived_at) as delivered_at,
    greatest(
        known(housed.ordered_at, housed.registered_at),
        if(housed.is_cancelled, null, housed.arrived_at + interval 1 day)
    ) as known_at
from housed
inner join order_amounts on housed.order_id = order_amounts.order_id
