-- grain: one row per subject and as-of date

with

measured_subjects as (
    select * from {{ ref('int_measured_subjects') }}
),

order_windows as (
    select * from {{ ref('int_marketplace__order_windows') }}
),

category_days as (
    select * from {{ ref('int_marketplace__order_category_days') }}
),

case_days as (
    select * from {{ ref('int_marketplace__case_days') }}
),

page_view_days as (
    select * from {{ ref('int_marketplace__page_view_days') }}
),

category_lines as (
    select
        measured_subjects.subject_id,
        measured_subjects.as_of_date,
        sum(category_days.lines_count) as lines_12m
    from measured_subjects
    inner join category_days on {{ seen('category_days', 12) }}
    group by
        measured_subjects.subject_id,
        measured_subjects.as_of_date,
        category_days.category_id
),

category_squares as (
    select
        subject_id,
        as_of_date,
        count(*) as categories_12m,
        sum(lines_12m * lines_12m) as squares_12m,
        sum(lines_12m) * sum(lines_12m) as square_12m
    from category_lines
    group by subject_id, as_of_date
),

case_sums as (
    select
        measured_subjects.subject_id,
        measured_subjects.as_of_date,
        sum(case_days.refunds_granted_count) as refunds_granted_12m,
        sum(case_days.disputes_lost_count) as disputes_lost_12m
    from measured_subjects
    inner join case_days on {{ seen('case_days', 12) }}
    group by measured_subjects.subject_id, measured_subjects.as_of_date
),

page_view_sums as (
    select
        measured_subjects.subject_id,
        measured_subjects.as_of_date,
        sum(page_view_days.timed_count) as timed_6m,
        sum(page_view_days.night_count) as night_6m,
        sum(page_view_days.views_count) as views_6m,
        sum(page_view_days.carts_count) as carts_6m,
        sum(page_view_days.favourites_count) as favourites_6m
    from measured_subjects
    inner join page_view_days on {{ seen('page_view_days', 6) }}
    group by measured_subjects.subject_id, measured_subjects.as_of_date
),

measured as (
    select
        measured_subjects.subject_id,
        measured_subjects.as_of_date,
        {{ ratio('category_squares.squares_12m',
            'category_squares.square_12m') }}
            as category_concentration_ratio_12m,
        category_squares.categories_12m as category_count_12m,
        {{ ratio('coalesce(case_sums.refunds_granted_12m, 0)',
            'order_windows.orders_12m') }} as return_ratio_12m,
        case
            when
                order_windows.subject_id is not null
                or case_sums.subject_id is not null
                then coalesce(case_sums.disputes_lost_12m, 0)
        end as disputes_lost_count_12m,
        {{ ratio('page_view_sums.night_6m', 'page_view_sums.timed_6m') }}
            as night_share_ratio_6m,
        {{ ratio('coalesce(order_windows.orders_6m, 0)',
            'page_view_sums.views_6m') }} as browse_to_order_ratio_6m,
        {{ ratio('page_view_sums.favourites_6m', 'page_view_sums.views_6m') }}
            as favourite_to_view_ratio_6m,
        greatest(
            1 - {{ ratio('coalesce(order_windows.orders_6m, 0)',
                'page_view_sums.carts_6m') }},
            case when page_view_sums.carts_6m > 0 then 0 end
        ) as cart_abandonment_ratio_6m
    from measured_subjects
    left join order_windows on {{ same_score('order_windows') }}
    left join category_squares on {{ same_score('category_squares') }}
    left join case_sums on {{ same_score('case_sums') }}
    left join page_view_sums on {{ same_score('page_view_sums') }}
)

select * from measured
