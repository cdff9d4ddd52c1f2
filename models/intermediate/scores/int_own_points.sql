-- grain: one row per measured subject, as-of date, version and own attribute with points
{#
    Points of the four factors that speak of the subject itself. They come before relationships, for
    which they are the standing of ties and owners, and are computed once for both.
#}

with

own_values as (
    select
        *,
        'observed' as value_state
    from {{ ref('int_own_values') }}
    where value is not null or category is not null
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
        own_values.subject_id,
        own_values.as_of_date,
        open_bins.score_version,
        own_values.attribute_name,
        own_values.category,
        open_bins.value_state,
        open_bins.bin_label,
        own_values.value,
        open_bins.points
    from own_values
    inner join open_bins on {{ in_bin('own_values', 'open_bins') }}
),

-- Apart from the numbers, which are most and have no bin that names them.
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
        on
            in_open_bins.score_version = category_bins.score_version
            and in_open_bins.attribute_name = category_bins.attribute_name
            and in_open_bins.value_state = category_bins.value_state
            and in_open_bins.category = category_bins.category
    where in_open_bins.category is not null
),

in_bins as (
    select * from in_open_bins
    where category is null
    union all
    select * from categories
),

own_points as (
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

select * from own_points
