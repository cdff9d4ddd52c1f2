-- grain: one row per consumer of the cohort
-- How much somebody shops and looks around. Counts are of the last twelve and
-- three months, so that a newcomer and an old customer compare; the first
-- event says how much of that time there was.
with order_facts as (
    select
        subject_id,
        count(*) as orders,
        count(*) filter (
            where ordered_at >= getvariable('as_of') - interval 12 month
        ) as year_orders,
        count(*) filter (
            where ordered_at >= getvariable('as_of') - interval 3 month
        ) as recent_orders,
        count(distinct date_trunc('month', ordered_at)) as order_months,
        count(distinct shop_id) as shops,
        sum(amount) filter (
            where ordered_at >= getvariable('as_of') - interval 12 month
        ) as year_amount,
        median(amount) as median_amount,
        avg((status = 'cancelled')::integer) as cancelled_ratio,
        -- Local time is UTC+8: 16:00 to 22:00 UTC is its night.
        avg((hour(ordered_at) between 16 and 21)::integer) as night_ratio,
        date_diff('day', min(ordered_at), getvariable('as_of')) as first_days,
        date_diff('day', max(ordered_at), getvariable('as_of')) as last_days
    from orders
    group by subject_id
),

item_facts as (
    select
        subject_id,
        count(*) as items,
        count(distinct category_id) as categories,
        sum(quantity)::double / count(*) as quantity,
        median(unit_price_amount) as median_price
    from order_items
    group by subject_id
),

case_facts as (
    select
        subject_id,
        count(*) as cases,
        count(*) filter (where outcome = 'lost_by_buyer') as lost_disputes
    from refunds_and_disputes
    group by subject_id
),

review_facts as (
    select
        subject_id,
        count(*) filter (where direction = 'of_shop') as reviews_written,
        avg(rating) filter (where direction = 'of_shop') as rating_given,
        avg(rating) filter (where direction = 'of_buyer') as rating_received
    from reviews
    group by subject_id
),

-- By visit first: pages are the most numerous rows of all.
visits as (
    select
        subject_id,
        session_id,
        min(viewed_at) as begun_at,
        count(*) as pages,
        count(*) filter (where action <> 'view') as marks,
        sum(dwell_seconds) as dwell_seconds
    from page_views
    group by subject_id, session_id
),

visit_facts as (
    select
        subject_id,
        count(*) as visits,
        count(*) filter (
            where begun_at >= getvariable('as_of') - interval 12 month
        ) as year_visits,
        count(*) filter (
            where begun_at >= getvariable('as_of') - interval 3 month
        ) as recent_visits,
        count(distinct date_trunc('month', begun_at)) as visit_months,
        sum(pages)::double / count(*) as visit_views,
        sum(marks)::double / sum(pages)::double as marked_ratio,
        sum(dwell_seconds)::double / sum(pages)::double as dwell_seconds,
        avg((hour(begun_at) between 16 and 21)::integer) as night_ratio,
        date_diff('day', min(begun_at), getvariable('as_of')) as first_days,
        date_diff('day', max(begun_at), getvariable('as_of')) as last_days
    from visits
    group by subject_id
)

select
    cohort.subject_id,
    coalesce(order_facts.orders, 0) as orders,
    coalesce(order_facts.year_orders, 0) as year_orders,
    coalesce(order_facts.recent_orders, 0) as recent_orders,
    order_facts.orders / order_facts.first_days as order_rate,
    order_facts.order_months / order_facts.first_days as order_month_rate,
    order_facts.shops,
    order_facts.year_amount,
    order_facts.median_amount,
    order_facts.cancelled_ratio,
    order_facts.night_ratio as orders_night_ratio,
    order_facts.first_days as first_order_days,
    order_facts.last_days as last_order_days,
    item_facts.items / order_facts.orders as order_items,
    item_facts.categories,
    item_facts.quantity,
    item_facts.median_price,
    case_facts.cases / order_facts.orders as case_ratio,
    case_facts.lost_disputes,
    review_facts.reviews_written / order_facts.orders as review_ratio,
    review_facts.rating_given,
    review_facts.rating_received,
    coalesce(visit_facts.visits, 0) as visits,
    coalesce(visit_facts.year_visits, 0) as year_visits,
    coalesce(visit_facts.recent_visits, 0) as recent_visits,
    visit_facts.visits / visit_facts.first_days as visit_rate,
    visit_facts.visit_months / visit_facts.first_days as visit_month_rate,
    visit_facts.visit_views,
    visit_facts.marked_ratio,
    visit_facts.dwell_seconds,
    visit_facts.night_ratio as visits_night_ratio,
    visit_facts.first_days as first_visit_days,
    visit_facts.last_days as last_visit_days
from cohort
left join order_facts on cohort.subject_id = order_facts.subject_id
left join item_facts on cohort.subject_id = item_facts.subject_id
left join case_facts on cohort.subject_id = case_facts.subject_id
left join review_facts on cohort.subject_id = review_facts.subject_id
left join visit_facts on cohort.subject_id = visit_facts.subject_id
