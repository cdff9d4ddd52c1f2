-- grain: one row per subject, as-of date, version and relationship or missing value with points

with

other_values as (
    select
        subject_id,
        as_of_date,
        attribute_name,
        category,
        'observed' as value_state,
        value
    from {{ ref('int_relationship_values') }}
    where value is not null or category is not null
    {%- if cards_ask_for_missing() %}
    union all
    select
        subject_id,
        as_of_date,
        attribute_name,
        category,
        value_state,
        value
    from {{ ref('int_attribute_values') }}
    where value_state = 'missing'
    {%- endif %}
),

category_bins as (
    select * from {{ ref('int_card_bins') }}
    where category is not null
),

-- The bins of numeric attributes and of missing values, and for categories
-- the one that takes what no other names.
open_bins as (
    select * from {{ ref('int_card_bins') }}
    where category is null
),

banned as (
    select * from {{ ref('int_banned_attributes') }}
),

in_open_bins as (
    select
        other_values.subject_id,
        other_values.as_of_date,
        open_bins.score_version,
        other_values.attribute_name,
        other_values.category,
        open_bins.value_state,
        open_bins.bin_label,
        other_values.value,
        open_bins.points
    from other_values
    inner join open_bins on {{ in_bin('other_values', 'open_bins') }}
),

-- Apart from the numbers, which are most and need no second look.
categories as (
    select
        in_open_bins.subject_id,
        in_open_bins.as_of_date,
        in_open_bins.score_version,
        in_open_bins.attribute_name,
        in_open_bins.category,
        in_open_bins.value_state,
        coalesce(category_bins.bin_label, in_open_bins.bin_label) as bin_label,
        in_open_bins.value,
        coalesce(category_bins.points, in_open_bins.points) as points
    from in_open_bins
    left join category_bins
        on {{ in_category('in_open_bins', 'category_bins') }}
    where in_open_bins.category is not null
),

in_bins as (
    select * from in_open_bins
    where category is null
    union all
    select * from categories
),

other_points as (
    select in_bins.*
    from in_bins
    left join banned
        on
            in_bins.subject_id = banned.subject_id
            and in_bins.as_of_date = banned.as_of_date
            and in_bins.score_version = banned.score_version
            and in_bins.attribute_name = banned.attribute_name
    where banned.subject_id is null
)

select * from other_points
