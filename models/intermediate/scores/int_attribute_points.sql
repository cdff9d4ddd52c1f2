-- grain: one row per subject, as-of date, score version and attribute with points

{{ config(materialized='view') }}
{#
    By a join with the bins, for every version in service and for whom one asks. Scoring generates the
    same from the same bins (card_attributes), many times faster for everybody; the test
    scores_follow_from_the_bins holds the one against the other.
#}

with

attribute_values as (
    select * from {{ ref('int_attribute_values') }}
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
        attribute_values.subject_id,
        attribute_values.as_of_date,
        open_bins.score_version,
        attribute_values.attribute_name,
        attribute_values.category,
        open_bins.value_state,
        open_bins.bin_label,
        attribute_values.value,
        open_bins.points
    from attribute_values
    inner join open_bins on {{ in_bin('attribute_values', 'open_bins') }}
),

in_bins as (
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
),

attribute_points as (
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

select * from attribute_points
