-- grain: one row per subject, date of the action and date known

{%- set changes = [
    {'domain': 'marketplace', 'table': 'page_views', 'event_at': 'viewed_at'},
    {'domain': 'identity', 'table': 'subjects'},
] %}

{{ rollup(changes) }}

with

page_views as (
    select * from {{ ref('stg_marketplace__page_views') }}
    where {{ in_changed_days(changes, 'viewed_at') }}
),

subjects as (
    select * from {{ ref('stg_identity__subjects') }}
),

jurisdictions as (
    select * from {{ ref('jurisdictions') }}
),

local_clocks as (
    select
        subjects.subject_id,
        coalesce(own.utc_offset_minutes, general.utc_offset_minutes)
            as utc_offset_minutes,
        coalesce(own.night_minutes, general.night_minutes) as night_minutes
    from subjects
    left join jurisdictions as own
        on subjects.country = own.jurisdiction
    inner join jurisdictions as general
        on general.jurisdiction = '*'
),

days as (
    select
        page_views.subject_id,
        cast(page_views.viewed_at as date) as event_date,
        cast(page_views.known_at as date) as known_date,
        count(*) as actions_count,
        count(case when page_views.action = 'view' then 1 end)
            as views_count,
        count(case when page_views.action = 'cart' then 1 end)
            as carts_count,
        count(case when page_views.action = 'favourite' then 1 end)
            as favourites_count,
        count(case when page_views.has_time_of_day then 1 end)
            as timed_count,
        count(
            case
                when
                    page_views.has_time_of_day
                    and {{ local_minute(
                        'page_views.viewed_at',
                        'local_clocks.utc_offset_minutes'
                    ) }} < local_clocks.night_minutes
                    then 1
            end
        ) as night_count
    from page_views
    inner join local_clocks
        on page_views.subject_id = local_clocks.subject_id
    group by
        page_views.subject_id,
        cast(page_views.viewed_at as date),
        cast(page_views.known_at as date)
)

select * from days
