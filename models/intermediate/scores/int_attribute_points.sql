-- grain: one row per subject, as-of date, score version and attribute with points

with

attribute_values as (
    select * from {{ ref('int_attribute_values') }}
),

subjects as (
    select * from {{ ref('int_scoring_subjects') }}
),

cards as (
    select * from {{ ref('int_cards') }}
),

bins as (
    select * from {{ ref('bins') }}
),

card_bins as (
    select bins.*
    from cards
    inner join bins
        on
            cards.score_version = bins.score_version
            and cards.attribute_name = bins.attribute_name
),

category_bins as (
    select * from card_bins
    where category is not null
),

-- The bins of numeric attributes and of missing values, and for categories
-- the one that takes what no other names.
open_bins as (
    select * from card_bins
    where category is null
),

-- An attribute that the subject's jurisdiction bans does not come near a score.
banned as (
    select
        subjects.subject_id,
        subjects.as_of_date,
        cards.score_version,
        cards.attribute_name
    from cards
    inner join subjects
        on
            concat(' ', cards.banned_in, ' ')
            like concat('% ', subjects.country, ' %')
    where cards.banned_in is not null
),

-- The absent and the not consented find no bin, so that they stay neutral;
-- a missing value finds one where the card has it.
attribute_points as (
    select
        attribute_values.subject_id,
        attribute_values.as_of_date,
        open_bins.score_version,
        attribute_values.attribute_name,
        attribute_values.category,
        attribute_values.value_state,
        coalesce(category_bins.bin_label, open_bins.bin_label) as bin_label,
        attribute_values.value,
        coalesce(category_bins.points, open_bins.points) as points
    from attribute_values
    inner join open_bins
        on
            attribute_values.attribute_name = open_bins.attribute_name
            and attribute_values.value_state = open_bins.value_state
            and (
                open_bins.lower_bound is null
                or attribute_values.value >= open_bins.lower_bound
            )
            and (
                open_bins.upper_bound is null
                or attribute_values.value < open_bins.upper_bound
            )
    left join category_bins
        on
            open_bins.score_version = category_bins.score_version
            and attribute_values.attribute_name = category_bins.attribute_name
            and attribute_values.value_state = category_bins.value_state
            and attribute_values.category = category_bins.category
    left join banned
        on
            attribute_values.subject_id = banned.subject_id
            and attribute_values.as_of_date = banned.as_of_date
            and open_bins.score_version = banned.score_version
            and attribute_values.attribute_name = banned.attribute_name
    where banned.subject_id is null
)

select * from attribute_points
