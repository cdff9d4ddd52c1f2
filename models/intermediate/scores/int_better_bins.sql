-- grain: one row per subject with a profile, as-of date, version, actionable attribute and bin

{{ config(materialized='view') }}

with

attributes as (
    select * from {{ ref('attributes') }}
    where is_actionable
),

cards as (
    select * from {{ ref('int_cards') }}
),

card_bins as (
    select * from {{ ref('int_card_bins') }}
    where value_state = 'observed'
),

contributions as (
    select * from {{ ref('int_attribute_contributions') }}
    where value_state = 'observed'
),

factor_weights as (
    select * from {{ ref('int_factor_weights') }}
),

-- The bins that lie in the declared direction from the value; categories have
-- no order, so that there is none to climb. Had the value been in one of them,
-- neither evidence nor profile would have been another.
better_bins as (
    select
        contributions.subject_id,
        contributions.as_of_date,
        contributions.score_version,
        contributions.attribute_name,
        card_bins.bin_number,
        card_bins.bin_label,
        attributes.unit,
        attributes.window_months,
        contributions.value,
        case
            when attributes.direction = 'higher_is_better'
                then card_bins.lower_bound
        end as from_value,
        case
            when attributes.direction = 'lower_is_better'
                then card_bins.upper_bound
        end as below_value,
        -- as in int_attribute_contributions, with the points of the other bin
        {{ double_to_decimal(
            'coalesce(
                cast(factor_weights.score_points_per_point as double)
                * cast(cards.evidence_weight as double)
                * cast(
                    card_bins.points - factor_weights.offset_points
                    as double
                ),
                0
            )', 18, 6
        ) }} - contributions.contribution_points as added_points
    from contributions
    inner join attributes
        on contributions.attribute_name = attributes.attribute_name
    inner join cards
        on
            contributions.score_version = cards.score_version
            and contributions.attribute_name = cards.attribute_name
    inner join factor_weights
        on
            {{ same_score('factor_weights', 'contributions') }}
            and contributions.score_version = factor_weights.score_version
            and cards.factor = factor_weights.factor
    inner join card_bins
        on
            contributions.score_version = card_bins.score_version
            and contributions.attribute_name = card_bins.attribute_name
            and (
                (
                    attributes.direction = 'higher_is_better'
                    and contributions.value < card_bins.lower_bound
                )
                or (
                    attributes.direction = 'lower_is_better'
                    and contributions.value >= card_bins.upper_bound
                )
            )
)

select * from better_bins
