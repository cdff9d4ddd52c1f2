-- grain: one row per subject, as-of date, score version and factor with points

{{ config(materialized='view') }}

with

cards as (
    select * from {{ ref('int_cards') }}
),

own_sums as (
    select * from {{ ref('int_own_sums') }}
),

other_points as (
    select * from {{ ref('int_other_points') }}
),

other_sums as (
    select
        other_points.subject_id,
        other_points.as_of_date,
        other_points.score_version,
        cards.factor,
        sum(cards.evidence_weight) as evidence_weight,
        sum(cards.evidence_weight * other_points.points) as weighted_points
    from other_points
    inner join cards
        on
            other_points.score_version = cards.score_version
            and other_points.attribute_name = cards.attribute_name
    group by
        other_points.subject_id,
        other_points.as_of_date,
        other_points.score_version,
        cards.factor
),

both_sums as (
    select * from own_sums
    union all
    select * from other_sums
),

-- A missing value may be of an own factor, which then has sums of both.
factor_sums as (
    select
        subject_id,
        as_of_date,
        score_version,
        factor,
        sum(evidence_weight) as evidence_weight,
        sum(weighted_points) as weighted_points
    from both_sums
    group by subject_id, as_of_date, score_version, factor
)

select * from factor_sums
