-- grain: one row per score version in service and attribute of its card

with

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
        attributes.factor,
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
)

select * from cards
