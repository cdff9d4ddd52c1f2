-- grain: one row per subject with a profile, as-of date, score version and attribute

{{ config(materialized='view') }}
{#
    Of every version in service, the neutral ones too, by a join with the bins: for a subject that one
    asks about. What is stored of the champion's is the mart contributions.
#}

with

cards as (
    select * from {{ ref('int_cards') }}
),

attribute_points as (
    select * from {{ ref('int_attribute_points') }}
),

factor_weights as (
    select * from {{ ref('int_factor_weights') }}
),

-- Each product is rounded to a fixed decimal before anything is added, so that every sum of
-- contributions is exact and the same in any order. The factor's offset is spread over its
-- attributes: zero is what an ordinary subject gets.
weighed as (
    select
        attribute_points.subject_id,
        attribute_points.as_of_date,
        attribute_points.score_version,
        attribute_points.attribute_name,
        cards.factor,
        attribute_points.category,
        attribute_points.value_state,
        attribute_points.bin_label,
        attribute_points.value,
        {{ double_to_decimal(
            'coalesce(
                cast(factor_weights.score_points_per_point as double)
                * cast(cards.evidence_weight as double)
                * cast(
                    attribute_points.points - factor_weights.offset_points
                    as double
                ),
                0
            )', 18, 6
        ) }} as contribution_points,
        {{ double_to_decimal(
            'coalesce(
                cast(factor_weights.score_points_per_point as double)
                * cast(cards.evidence_weight as double)
                * cast(
                    cards.best_points - factor_weights.offset_points
                    as double
                ),
                0
            )', 18, 6
        ) }} as best_contribution_points
    from attribute_points
    inner join cards
        on
            attribute_points.score_version = cards.score_version
            and attribute_points.attribute_name = cards.attribute_name
    inner join factor_weights
        on
            attribute_points.subject_id = factor_weights.subject_id
            and attribute_points.as_of_date = factor_weights.as_of_date
            and attribute_points.score_version = factor_weights.score_version
            and cards.factor = factor_weights.factor
),

contributions as (
    select
        subject_id,
        as_of_date,
        score_version,
        attribute_name,
        factor,
        category,
        value_state,
        bin_label,
        value,
        contribution_points,
        cast(
            best_contribution_points - contribution_points as decimal(18, 6)
        ) as points_lost
    from weighed
)

select * from contributions
