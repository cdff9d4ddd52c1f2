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

-- What is missing has no category, and relationships are all numbers, so that
-- the bins that name one are not asked.
open_bins as (
    select * from {{ ref('int_card_bins') }}
    where category is null
),

banned as (
    select * from {{ ref('int_banned_attributes') }}
),

other_points as (
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
    left join banned
        on
            other_values.subject_id = banned.subject_id
            and other_values.as_of_date = banned.as_of_date
            and open_bins.score_version = banned.score_version
            and other_values.attribute_name = banned.attribute_name
    where banned.subject_id is null
)

select * from other_points
