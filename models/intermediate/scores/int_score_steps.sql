-- grain: one row per subject, as-of date and score version that is scoreable

with

subject_profiles as (
    select * from {{ ref('int_subject_profiles') }}
),

attribute_contributions as (
    select * from {{ ref('int_attribute_contributions') }}
),

profiles as (
    select * from {{ ref('profiles') }}
),

scales as (
    select * from {{ ref('scales') }}
),

attribute_sums as (
    select
        subject_id,
        as_of_date,
        score_version,
        sum(contribution_points) as attribute_points
    from attribute_contributions
    group by subject_id, as_of_date, score_version
),

raw_scores as (
    select
        subject_profiles.subject_id,
        subject_profiles.as_of_date,
        subject_profiles.score_version,
        subject_profiles.score_cap,
        scales.minimum_score,
        scales.maximum_score,
        {{ double_to_decimal(
            'cast(scales.base_score as double)
            + cast(scales.step_points as double)
            / ln(cast(scales.step_odds as double))
            * (
                cast(profiles.calibration_intercept as double)
                - ln(cast(scales.base_odds as double))
            )', 18, 6
        ) }} as base_points,
        coalesce(attribute_sums.attribute_points, 0) as attribute_points
    from subject_profiles
    inner join profiles
        on
            subject_profiles.score_version = profiles.score_version
            and subject_profiles.subject_kind = profiles.subject_kind
            and subject_profiles.profile = profiles.profile
    inner join scales
        on subject_profiles.score_version = scales.score_version
    left join attribute_sums
        on
            subject_profiles.subject_id = attribute_sums.subject_id
            and subject_profiles.as_of_date = attribute_sums.as_of_date
            and subject_profiles.score_version
            = attribute_sums.score_version
    where subject_profiles.not_scoreable_reason is null
),

-- Three steps from the raw score to the published one, each a row of its own among the
-- contributions. The bounds are whole numbers, so that rounding cannot leave the scale.
capped as (
    select
        *,
        least(score_cap - base_points - attribute_points, 0) as cap_points
    from raw_scores
),

clipped as (
    select
        *,
        greatest(
            least(base_points + attribute_points + cap_points, maximum_score),
            minimum_score
        ) - base_points - attribute_points - cap_points as clipping_points
    from capped
),

unrounded as (
    select
        *,
        base_points + attribute_points + cap_points + clipping_points
            as unrounded_score
    from clipped
),

steps as (
    select
        subject_id,
        as_of_date,
        score_version,
        cast(base_points as decimal(18, 6)) as base_points,
        cast(attribute_points as decimal(18, 6)) as attribute_points,
        cast(cap_points as decimal(18, 6)) as cap_points,
        cast(clipping_points as decimal(18, 6)) as clipping_points,
        cast(
            round(unrounded_score, 0) - unrounded_score as decimal(18, 6)
        ) as rounding_points,
        cast(round(unrounded_score, 0) as smallint) as score
    from unrounded
)

select * from steps
