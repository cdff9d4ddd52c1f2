-- grain: one row per subject with a profile, as-of date, score version and factor

with

factor_evidence as (
    select * from {{ ref('int_factor_evidence') }}
),

subject_profiles as (
    select * from {{ ref('int_subject_profiles') }}
),

profiles as (
    select * from {{ ref('profiles') }}
),

weights as (
    select * from {{ ref('weights') }}
),

scales as (
    select * from {{ ref('scales') }}
),

profile_weights as (
    select
        factor_evidence.subject_id,
        factor_evidence.as_of_date,
        factor_evidence.score_version,
        factor_evidence.factor,
        subject_profiles.profile,
        factor_evidence.offset_points,
        factor_evidence.scale_points,
        factor_evidence.evidence_weight,
        factor_evidence.evidence_ratio,
        factor_evidence.sub_score,
        profiles.calibration_slope,
        scales.step_points,
        scales.step_odds,
        -- A factor without evidence gives its weight to the others: neither
        -- lacking a product nor refusing consent costs points.
        case
            when factor_evidence.has_evidence then weights.weight_ratio else 0
        end as evidenced_weight_ratio
    from factor_evidence
    inner join subject_profiles
        on
            factor_evidence.subject_id = subject_profiles.subject_id
            and factor_evidence.as_of_date = subject_profiles.as_of_date
            and factor_evidence.score_version
            = subject_profiles.score_version
    inner join profiles
        on
            subject_profiles.score_version = profiles.score_version
            and subject_profiles.subject_kind = profiles.subject_kind
            and subject_profiles.profile = profiles.profile
    inner join weights
        on
            subject_profiles.score_version = weights.score_version
            and subject_profiles.subject_kind = weights.subject_kind
            and subject_profiles.profile = weights.profile
            and factor_evidence.factor = weights.factor
    inner join scales
        on factor_evidence.score_version = scales.score_version
),

with_total as (
    select
        *,
        sum(evidenced_weight_ratio) over (
            partition by subject_id, as_of_date, score_version
        ) as total_weight_ratio
    from profile_weights
),

renormalised as (
    select
        *,
        {{ double_to_decimal(
            'case
                when total_weight_ratio > 0
                    then
                        cast(evidenced_weight_ratio as double)
                        / cast(total_weight_ratio as double)
                else 0
            end', 18, 10
        ) }} as weight_ratio
    from with_total
),

-- Score points that one point of an attribute with evidence weight one is worth:
-- what remains of A + B * sum(w * r * s) for a single attribute.
factor_weights as (
    select
        subject_id,
        as_of_date,
        score_version,
        factor,
        profile,
        offset_points,
        weight_ratio,
        evidence_ratio,
        sub_score,
        case
            when evidence_weight > 0
                then {{ double_to_decimal(
                    'cast(step_points as double) / ln(cast(step_odds as double))
                    * cast(calibration_slope as double)
                    * cast(weight_ratio as double)
                    * cast(evidence_ratio as double)
                    / (
                        cast(scale_points as double)
                        * cast(evidence_weight as double)
                    )', 28, 12
                ) }}
        end as score_points_per_point
    from renormalised
)

select * from factor_weights
