-- One row per visit to the marketplace: when, where, how many pages, and
-- whether it ends in a cart and an order. Six visits in ten go for one of the
-- three kinds of goods that a buyer prefers.
create table visits as
with numbered as (
    select
        n,
        k,
        subject_id,
        registered_at,
        reliability,
        income,
        activity,
        month_number,
        distress,
        -- One consumer in a hundred is paid to place orders that nobody wants:
        -- visits from 90 on.
        unnest(range(count_of(
            u(mk, 70),
            season * exp(0.9 * activity + 0.5 * z(k, 74) - 0.53)
            * (1 - 0.25 * distress)
        )) || if(
            u(k, 39) < 0.01,
            range(90, 90 + count_of(u(mk, 71), 1.5) % 9),
            []
        )) as visit
    from life
    where is_consumer and reaches(month_at, 3)
),

made as (
    select
        *,
        visit >= 90 as is_fake,
        key_of('visits', n, month_number * 100 + visit) as kv
    from numbered
),

timed as (
    select
        made.*,
        -- Local time is UTC+8: 16:00 to 22:00 UTC is its night. The evening is
        -- the busiest; those who browse most do so at night, too.
        day_slots.day_at + to_seconds(floor(3600 * if(
            u(made.kv, 2) < logistic(
                -2.6 + 0.3 * made.activity + 0.5 * made.distress
            ),
            16 + 6 * u(made.kv, 3),
            15 * pow(u(made.kv, 3), 0.8)
        ))::bigint) as begun_at,
        1 + floor(12 * if(
            u(made.kv, 4) < 0.6,
            u(key_of('tastes', made.n, floor(3 * u(made.kv, 5))), 0),
            u(made.kv, 6)
        ))::integer as category_number,
        if(made.is_fake, 1, 1 + count_of(u(made.kv, 7), 8.0)) as pages,
        u(made.kv, 8) < if(
            made.is_fake,
            1,
            logistic(-1.4 + 0.1 * made.income + 0.8 * z(made.k, 75))
        ) as is_order
    from made
    inner join day_slots
        on
            made.month_number = day_slots.month_number
            and floor(1000 * u(made.kv, 1)) = day_slots.slot
            and day_slots.calendar = 'shopping'
),

-- Four in five go to the buyer's usual shop for that kind of goods, the others
-- mostly to popular ones.
aimed as (
    select
        timed.*,
        floor(pow(if(
            u(timed.kv, 9) < 0.8,
            u(key_of('usual', timed.n, timed.category_number), 0),
            u(timed.kv, 10)
        ), 1.7) * shop_counts.shops)::bigint as first_rank,
        floor(pow(u(timed.kv, 11), 2.5) * shop_counts.shops)::bigint
            as second_rank
    from timed
    inner join shop_counts
        on timed.category_number = shop_counts.category_number
    where timed.begun_at >= timed.registered_at and not timed.is_fake
),

-- A young shop is not yet found by everybody, a closed one by nobody.
found as (
    select
        aimed.n,
        aimed.k,
        aimed.subject_id,
        aimed.registered_at,
        aimed.reliability,
        aimed.activity,
        aimed.income,
        aimed.distress,
        aimed.month_number,
        aimed.visit,
        aimed.kv,
        aimed.begun_at,
        aimed.pages,
        aimed.is_order,
        aimed.is_fake,
        aimed.category_number,
        case
            when
                is_found(
                    first_choice.opened_month,
                    first_choice.closed_month,
                    aimed.month_number,
                    u(aimed.kv, 12)
                )
                then aimed.first_rank
            when
                is_found(
                    second_choice.opened_month,
                    second_choice.closed_month,
                    aimed.month_number,
                    u(aimed.kv, 13)
                )
                then aimed.second_rank
        end as rank
    from aimed
    inner join shop_list as first_choice
        on
            aimed.category_number = first_choice.category_number
            and aimed.first_rank = first_choice.rank
    inner join shop_list as second_choice
        on
            aimed.category_number = second_choice.category_number
            and aimed.second_rank = second_choice.rank
),

brushing_shops as (
    select count(*) as shops
    from brushing_list
),

-- The rank is a column before the join: else every visit meets every shop.
paid as (
    select
        timed.*,
        floor(u(timed.kv, 14) * brushing_shops.shops)::bigint as wanted_rank
    from timed
    cross join brushing_shops
    where timed.is_fake and timed.begun_at >= timed.registered_at
),

faked as (
    select
        paid.n,
        paid.k,
        paid.subject_id,
        paid.registered_at,
        paid.reliability,
        paid.activity,
        paid.income,
        paid.distress,
        paid.month_number,
        paid.visit,
        paid.kv,
        paid.begun_at,
        paid.pages,
        paid.is_order,
        paid.is_fake,
        brushing_list.category_number,
        brushing_list.rank
    from paid
    inner join brushing_list on paid.wanted_rank = brushing_list.brushing_rank
    where is_found(
        brushing_list.opened_month,
        brushing_list.closed_month,
        paid.month_number,
        0
    )
),

every as (
    select * from found
    union all
    select * from faked
)

select
    every.*,
    'k' || (9 + every.category_number)::varchar as category_id,
    shop_list.shop_id,
    shop_list.subject_id as seller_id,
    shop_list.reliability as shop_reliability,
    shop_list.registered_at as shop_registered_at,
    -- A cart leads to the order, or to none.
    every.is_order or u(every.kv, 15) < 0.09 as has_cart
from every
inner join shop_list
    on
        every.category_number = shop_list.category_number
        and every.rank = shop_list.rank;
