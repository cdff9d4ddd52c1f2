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

card_bins as (
    select * from {{ ref('int_card_bins') }}
),

banned as (
    select * from {{ ref('int_banned_attributes') }}
),

own_points as (
    select
        own_values.subject_id,
        own_values.as_of_date,
        card_bins.score_version,
        own_values.attribute_name,
        own_values.category,
        card_bins.value_state,
        card_bins.bin_label,
        own_values.value,
        card_bins.points
    from own_values
    inner join card_bins on {{ in_bin('own_values', 'card_bins') }}
    left join banned
        on
            own_values.subject_id = banned.subject_id
            and own_values.as_of_date = banned.as_of_date
            and card_bins.score_version = banned.score_version
            and own_values.attribute_name = banned.attribute_name
    where banned.subject_id is null
)

select * from own_points
