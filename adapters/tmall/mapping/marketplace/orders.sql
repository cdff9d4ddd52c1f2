-- grain: one row per purchase

with

purchases as (
    select *
    from source_actions
    where excluded_because is null and type_code = 1
),

orders as (
    select
        action_id as order_id,
        subject_id,
        'CNY' as currency,
        cast(null as decimal(18, 2)) as amount,
        'completed' as status,
        acted_at as ordered_at,
        source_row as _source_actions
    from purchases
)

select * from orders
