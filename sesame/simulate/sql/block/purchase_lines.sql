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
        'k' || (10 + floor(12 * u(k_order, 90 + line)))::integer::varchar
    ) as category_id,
    'br' || floor(
        200 * pow(u(k_order, 140 + line), 2)
    )::integer::varchar as brand_id,
    (1 + floor(pow(u(k_order, 190 + line), 4) * 4))::integer as quantity,
    -- Heavy-tailed prices, as order values are: median 45 yuan, more for those
    -- with taste or money; nobody pays much for a fake.
    if(
        is_fake,
        money(exp(2.6 + 0.5 * z(k_order, 240 + line))),
        money(exp(
            3.8 + 0.8 * z(k_order, 240 + line) + 0.35 * z(k, 81) + 0.3 * income
        ))
    ) as unit_price_amount
from (
    select
        *,
        unnest(range(
            if(is_fake, 1, 1 + count_of(u(k_order, 9), 1.0))
        )) as line
    from purchases
) as numbered;

create table order_amounts as
select
    order_id,
    sum(quantity * unit_price_amount)::decimal(18, 2) as amount,
    max(unit_price_amount) as dearest_amount
from purchase_lines
group by order_id;
