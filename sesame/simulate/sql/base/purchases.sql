-- One row per order: who buys where, and how it ends. Six orders in ten go to
-- one of the buyer's four usual shops, the others mostly to popular ones.
create table purchases as
with placed as (
    select
        *,
        key_of('orders', n, month_number * 100 + counter) as k_order
    from (
        select
            n, k, subject_id, registered_at, reliability, income, distress,
            month_at, month_number,
            unnest(range(count_of(
                u(mk, 60), 0.75 * season * exp(0.5 * activity)
            ))) as counter
        from life
        where is_consumer
    )
),

timed as (
    select
        *,
        -- Local time is UTC+8: few orders are placed before six.
        date_trunc('day', in_month(month_at, u(k_order, 1)))
        + to_seconds(floor(
            3600 * (14 * u(k_order, 2) + if(u(k_order, 3) < 0.06, 16, 0))
        )::bigint) as ordered_at,
        floor(
            if(
                u(k_order, 4) < 0.6,
                pow(u(key_of('usual', n, floor(4 * u(k_order, 5))), 0), 1.7),
                pow(u(k_order, 6), 1.7)
            ) * (select count(*) from shop_list)
        )::bigint as position
    from placed
)

select
    'o' || timed.n::varchar || '.' || timed.month_number::varchar
    || '.' || timed.counter::varchar as order_id,
    timed.*,
    shop_list.shop_id,
    shop_list.category_id,
    shop_list.subject_id as seller_id,
    shop_list.reliability as shop_reliability,
    shop_list.registered_at as shop_registered_at,
    u(timed.k_order, 7) < logistic(
        -3.0 - 0.5 * timed.reliability - 0.3 * shop_list.reliability
    ) as is_cancelled,
    timed.ordered_at + to_days(3) as promised_at,
    timed.ordered_at + to_seconds(floor(
        86400 * 2.2 * exp(
            0.35 * z(timed.k_order, 8) - 0.15 * shop_list.reliability
        )
    )::bigint) as arrived_at
from timed
inner join shop_list on timed.position = shop_list.position
where timed.ordered_at >= timed.registered_at;
