-- grain: one row per buyer, category, date of the order and date known

{%- set changes = [
    {'domain': 'marketplace', 'table': 'order_items', 'event_at': 'ordered_at'},
] %}

{{ rollup(changes) }}

with

order_items as (
    select * from {{ ref('stg_marketplace__order_items') }}
    where {{ in_changed_days(changes, 'ordered_at') }}
),

days as (
    select
        subject_id,
        category_id,
        cast(ordered_at as date) as event_date,
        cast(known_at as date) as known_date,
        count(*) as lines_count
    from order_items
    where category_id is not null
    group by
        subject_id,
        category_id,
        cast(ordered_at as date),
        cast(known_at as date)
)

select * from days
