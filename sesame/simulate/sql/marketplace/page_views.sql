-- Visits of the months and the pages of each. Favourites and carts come late
-- in a visit; the unreliable browse more at night.
with visits as (
    select
        *,
        key_of('visits', n, month_number * 100 + visit) as kv
    from (
        select
            n, subject_id, registered_at, reliability, month_at, month_number,
            unnest(range(count_of(
                u(mk, 70), 1.7 * season * exp(0.45 * activity)
            ))) as visit
        from life
        where is_consumer
    )
),

begun as (
    select
        *,
        date_trunc('day', in_month(month_at, u(kv, 1)))
        -- Local time is UTC+8: 16:00 to 22:00 UTC is its night.
        + to_seconds(floor(3600 * if(
            u(kv, 2) < logistic(-2.6 - 0.4 * reliability),
            16 + 6 * u(kv, 3),
            16 * u(kv, 3)
        ))::bigint) as begun_at,
        'k' || (10 + floor(12 * u(kv, 4)))::integer::varchar as category_id,
        floor(
            pow(u(kv, 5), 1.7) * (select count(*) from shop_list)
        )::bigint as position
    from visits
),

pages as (
    select
        *,
        kv + page as kp
    from (
        select
            begun.* replace (kv >> 8 as kv),
            kv as k_visit,
            unnest(range(1 + count_of(u(kv, 6), 2.6))) as page
        from begun
        where begun_at >= registered_at
    )
)

select
    'v' || pages.n::varchar || '.' || pages.month_number::varchar
    || '.' || pages.visit::varchar || '.' || pages.page::varchar as view_id,
    pages.subject_id,
    case
        when u(pages.kp, 7) < 0.06 then 'cart'
        when u(pages.kp, 7) < 0.10 then 'favourite'
        else 'view'
    end as action,
    pages.category_id,
    'br' || floor(200 * pow(u(pages.kp, 8), 2))::integer::varchar as brand_id,
    shop_list.shop_id,
    'v' || pages.n::varchar || '.' || pages.month_number::varchar
    || '.' || pages.visit::varchar as session_id,
    'd' || pages.n::varchar || '.0' as device_id,
    (1 - ln(u(pages.kp, 9)) * 25)::integer as dwell_seconds,
    true as has_time_of_day,
    pages.begun_at + to_seconds(
        pages.page * 40 + floor(30 * u(pages.kp, 10))::bigint
    ) as viewed_at,
    known(
        pages.begun_at + to_seconds(
            pages.page * 40 + floor(30 * u(pages.kp, 10))::bigint
        ),
        pages.registered_at
    ) as known_at
from pages
inner join shop_list on pages.position = shop_list.position
