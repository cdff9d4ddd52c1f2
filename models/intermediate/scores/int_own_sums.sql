-- grain: one row per measured subject, as-of date, score version and own factor with points

with

cards as (
    select * from {{ ref('int_cards') }}
),

own_points as (
    select * from {{ ref('int_own_points') }}
),

own_sums as (
    select
        own_points.subject_id,
        own_points.as_of_date,
        own_points.score_version,
        cards.factor,
        sum(cards.evidence_weight) as evidence_weight,
        sum(cards.evidence_weight * own_points.points) as weighted_points
    from own_points
    inner join cards
        on
            own_points.score_version = cards.score_version
            and own_points.attribute_name = cards.attribute_name
    group by
        own_points.subject_id,
        own_points.as_of_date,
        own_points.score_version,
        cards.factor
)

select * from own_sums
