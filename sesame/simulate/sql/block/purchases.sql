-- One row per order: the visits that ended in one, and what became of it.
create table purchases as
select
    'o' || n::varchar || '.' || month_number::varchar
    || '.' || visit::varchar as order_id,
    *,
    key_of('orders', n, month_number * 100 + visit) as k_order,
    begun_at + to_seconds(
        pages * 40 + 60 + floor(540 * u(k_order, 1))::bigint
    ) as ordered_at,
    not is_fake and u(k_order, 7) < logistic(
        -3.0 - 0.2 * reliability - 0.3 * shop_reliability + 0.5 * distress
    ) as is_cancelled,
    ordered_at + interval 3 day as promised_at,
    ordered_at + to_seconds(floor(
        86400 * 2.2 * exp(
            0.35 * z(k_order, 8) - 0.15 * shop_reliability
        )
    )::bigint) as arrived_at
from visits
where is_order;
