-- The lines of each order; an order's amount is their exact sum.
create table purchase_lines as
select
    order_id,
    subject_id,
    registered_at,
    ordered_at,
    line,
    if(
        u(k_order, 40 + line) < 0.7,
        category_id,
        'k' || (10 + floor(12 * u(k_order, 50 + line)))::integer
    ) as category_id,
    'br' || floor(
        200 * pow(u(k_order, 60 + line), 2)
    )::integer::varchar as brand_id,
    (1 + floor(pow(u(k_order, 70 + line), 4) * 4))::integer as quantity,
    -- Heavy-tailed prices, as order values are: median 45 yuan.
    money(exp(
        3.8 + 0.9 * z(k_order, 80 + line) + 0.3 * income
    )) as unit_price_amount
from (
    select
        *,
        unnest(range(1 + floor(4 * pow(u(k_order, 9), 2.5))::bigint)) as line
    from purchases
);
