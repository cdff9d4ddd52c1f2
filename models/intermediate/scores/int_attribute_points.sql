-- grain: one row per subject, as-of date, score version and attribute of its card

with

attribute_values as (
    select * from {{ ref('int_attribute_values') }}
),

subjects as (
    select * from {{ ref('int_scoring_subjects') }}
),

versions as (
    select * from {{ ref('int_score_versions') }}
),

attributes as (
    select * from {{ ref('attributes') }}
),

attribute_weights as (
    select * from {{ ref('attribute_weights') }}
),

bins as (
    select * from {{ ref('bins') }}
),

best_points as (
    select
        score_version,
        attribute_name,
        max(points) as best_points
    from bins
    where value_state = 'observed'
    group by score_version, attribute_name
),

cards as (
    select
        versions.score_version,
        attributes.attribute_name,
        attributes.value_type,
        attributes.reason_code,
        attributes.banned_in,
        best_points.best_points,
        attribute_weights.evidence_weight
    from versions
    inner join attribute_weights
        on versions.score_version = attribute_weights.score_version
    inner join attributes
        on attribute_weights.attribute_name = attributes.attribute_name
    inner join best_points
        on
            attribute_weights.score_version = best_points.score_version
            and attribute_weights.attribute_name = best_points.attribute_name
),

card_values as (
    select
        attribute_values.subject_id,
        attribute_values.as_of_date,
        cards.score_version,
        attribute_values.attribute_name,
        attribute_values.subject_kind,
        attribute_values.factor,
        attribute_values.category,
        attribute_values.value_state,
        cards.value_type,
        cards.reason_code,
        attribute_values.value,
        cards.best_points,
        cards.evidence_weight
    from attribute_values
    inner join cards
        on attribute_values.attribute_name = cards.attribute_name
    inner join subjects
        on
            attribute_values.subject_id = subjects.subject_id
            and attribute_values.as_of_date = subjects.as_of_date
    -- An attribute that the subject's jurisdiction bans does not come near a score.
    where
        cards.banned_in is null
        or subjects.country is null
        or not concat(' ', cards.banned_in, ' ')
        like concat('% ', subjects.country, ' %')
),

-- Three ways into a bin, each an equality or range join of its own: one join with all three
-- as alternatives would compare every value with every bin.
numeric_points as (
    select
        card_values.*,
        bins.bin_label,
        bins.points
    from card_values
    inner join bins
        on
            card_values.score_version = bins.score_version
            and card_values.attribute_name = bins.attribute_name
            and card_values.value_state = bins.value_state
            and (
                bins.lower_bound is null
                or card_values.value >= bins.lower_bound
            )
            and (
                bins.upper_bound is null
                or card_values.value < bins.upper_bound
            )
    where
        card_values.value_state = 'observed'
        and card_values.value_type = 'numeric'
),

-- A category that the card does not list falls into the attribute's bin without a name.
category_points as (
    select
        card_values.*,
        coalesce(named_bins.bin_label, other_bins.bin_label) as bin_label,
        coalesce(named_bins.points, other_bins.points) as points
    from card_values
    left join bins as named_bins
        on
            card_values.score_version = named_bins.score_version
            and card_values.attribute_name = named_bins.attribute_name
            and card_values.value_state = named_bins.value_state
            and card_values.category = named_bins.category
    inner join bins as other_bins
        on
            card_values.score_version = other_bins.score_version
            and card_values.attribute_name = other_bins.attribute_name
            and card_values.value_state = other_bins.value_state
    where
        card_values.value_state = 'observed'
        and card_values.value_type = 'category'
        and other_bins.category is null
),

-- Only a value missing though expected may have points; the absent and the not consented
-- find no bin and stay neutral.
unobserved_points as (
    select
        card_values.*,
        bins.bin_label,
        bins.points
    from card_values
    left join bins
        on
            card_values.score_version = bins.score_version
            and card_values.attribute_name = bins.attribute_name
            and card_values.value_state = bins.value_state
    where card_values.value_state <> 'observed'
),

all_points as (
    select * from numeric_points
    union all
    select * from category_points
    union all
    select * from unobserved_points
)

select * from all_points
