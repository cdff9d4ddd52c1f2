-- grain: one row per customer, and the shop

with

lines as (
    select *
    from source_lines
    where excluded_because is null
),

customers as (
    select
        customer_number,
        -- Eight customers move: a later country was not known at the start.
        arg_min(country_name, invoiced_at) as country_name
    from lines
    group by customer_number
),

subjects as (
    select
        'online_retail:customer:' || customers.customer_number as subject_id,
        'consumer' as kind,
        countries.country
    from customers
    left join countries
        on customers.country_name = countries.country_name
    union all
    select
        'online_retail:shop' as subject_id,
        'business' as kind,
        'GB' as country
)

select
    subject_id,
    kind,
    country,
    period_start() as registered_at,
    period_start() as known_at
from subjects
