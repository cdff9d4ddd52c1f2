-- grain: one row per act (view, favourite, cart, buy) of the last four months
-- Tmall covers four months. A ratio per user spreads less the longer it is
-- counted, so that the simulated side is cut to as much: the last four months
-- in which orders too are reported.
create view recent_acts as
with last_moments as (
    select least(
        (select max(viewed_at) from marketplace_page_views),
        (select max(ordered_at) from marketplace_order_items)
    ) as end_at
),

acts as (
    select
        subject_id,
        action,
        viewed_at as acted_at
    from marketplace_page_views
    union all
    select
        subject_id,
        'buy' as action,
        ordered_at as acted_at
    from marketplace_order_items
)

select
    acts.subject_id,
    acts.action
from acts
cross join last_moments
where
    acts.acted_at <= last_moments.end_at
    and acts.acted_at >= last_moments.end_at - interval 4 months
