-- grain: one row per click, favourite or cart action

with

actions as (
    select *
    from source_actions
    where excluded_because is null
),

page_views as (
    select
        action_id as view_id,
        subject_id,
        case type_code
            when 0 then 'view'
            when 2 then 'favourite'
            when 3 then 'cart'
        end as action,
        brand_id,
        -- Midnight stands for the day: it must not look like a night's visit.
        false as has_time_of_day,
        acted_at as viewed_at,
        source_row as _source_actions
    from actions
    where type_code in (0, 2, 3)
)

select * from page_views
