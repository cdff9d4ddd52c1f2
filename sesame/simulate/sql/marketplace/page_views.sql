-- The pages of each visit. One in thirty is marked as a favourite; a visit with
-- a cart ends on it.
with pages as (
    select
        *,
        kv + 1 + page as kp
    from (
        select
            n,
            subject_id,
            registered_at,
            month_number,
            visit,
            kv,
            begun_at,
            category_id,
            shop_id,
            pages,
            has_cart,
            unnest(range(pages)) as page
        from visits
    ) as numbered
),

seen as (
    select
        *,
        begun_at + to_seconds(
            page * 40 + floor(30 * u(kp, 7))::bigint
        ) as viewed_at,
        'v' || n::varchar || '.' || month_number::varchar
        || '.' || visit::varchar as session_id
    from pages
)

select
    session_id || '.' || page::varchar as view_id,
    subject_id,
    case
        when has_cart and page = pages - 1 then 'cart'
        when u(kp, 1) < 0.033 then 'favourite'
        else 'view'
    end as action,
    category_id,
    'br' || floor(200 * pow(u(kp, 2), 2))::integer::varchar as brand_id,
    shop_id,
    session_id,
    'd' || n::varchar || '.0' as device_id,
    (1 - ln(u(kp, 3)) * 25)::integer as dwell_seconds,
    true as has_time_of_day,
    viewed_at,
    known(viewed_at, registered_at) as known_at
from seen
