-- grain: one row per buyer, date of the order, date known and date on which
-- the delivery address had been declared

{%- set changes = [
    {'domain': 'marketplace', 'table': 'orders', 'event_at': 'ordered_at'},
    {'domain': 'identity', 'table': 'addresses'},
] %}

{{ rollup(changes) }}

with

orders as (
    select * from {{ ref('stg_marketplace__orders') }}
    where {{ in_changed_days(changes, 'ordered_at') }}
),

addresses as (
    select * from {{ ref('stg_identity__addresses') }}
),

currencies as (
    select * from {{ ref('currencies') }}
),

-- one row per subject and address, so that the join cannot repeat an order
declared as (
    select
        subject_id,
        address_token,
        min(
            greatest(
                cast(valid_from_at as date),
                cast(known_at as date)
            )
        ) as declared_date
    from addresses
    group by subject_id, address_token
),

described as (
    select
        orders.subject_id,
        orders.status,
        case when orders.delivery_address_token is not null then 1 else 0 end
            as has_delivery_address,
        {{ reference_amount(
            'orders.amount', 'currencies.reference_units'
        ) }} as reference_amount,
        cast(orders.ordered_at as date) as event_date,
        cast(orders.known_at as date) as known_date,
        declared.declared_date as address_declared_date
    from orders
    left join declared
        on
            orders.subject_id = declared.subject_id
            and orders.delivery_address_token = declared.address_token
    left join currencies on orders.currency = currencies.currency
),

days as (
    select
        subject_id,
        event_date,
        known_date,
        address_declared_date,
        count(*) as orders_count,
        count(case when status = 'completed' then 1 end)
            as completed_count,
        count(case when status = 'cancelled' then 1 end)
            as cancelled_count,
        sum(has_delivery_address) as addressed_count,
        count(
            case
                when status = 'completed' and reference_amount is null then 1
            end
        ) as unconverted_count,
        sum(case when status = 'completed' then reference_amount else 0 end)
            as completed_reference_amount
    from described
    group by subject_id, event_date, known_date, address_declared_date
)

select * from days
