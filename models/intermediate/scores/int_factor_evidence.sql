-- grain: one row per subject, as-of date, score version and factor in use

with

subjects as (
    select * from {{ ref('int_scoring_subjects') }}
),

versions as (
    select * from {{ ref('int_score_versions') }}
),

factors as (
    select * from {{ ref('factors') }}
),

cards as (
    select * from {{ ref('int_cards') }}
),

attribute_points as (
    select * from {{ ref('int_attribute_points') }}
),

factor_sums as (
    select
        attribute_points.subject_id,
        attribute_points.as_of_date,
        attribute_points.score_version,
        cards.factor,
        sum(cards.evidence_weight) as evidence_weight,
        sum(cards.evidence_weight * attribute_points.points)
            as weighted_points
    from attribute_points
    inner join cards
        on
            attribute_points.score_version = cards.score_version
            and attribute_points.attribute_name = cards.attribute_name
    group by
        attribute_points.subject_id,
        attribute_points.as_of_date,
        attribute_points.score_version,
        cards.factor
),

subject_factors as (
    select
        subjects.subject_id,
        subjects.as_of_date,
        subjects.subject_kind,
        factors.score_version,
        factors.factor,
        factors.global_weight_ratio,
        factors.full_evidence_weight,
        factors.profile_evidence_ratio,
        factors.offset_points,
        factors.scale_points,
        coalesce(factor_sums.evidence_weight, 0) as evidence_weight,
        factor_sums.weighted_points
    from subjects
    inner join factors
        on subjects.subject_kind = factors.subject_kind
    inner join versions
        on factors.score_version = versions.score_version
    left join factor_sums
        on
            subjects.subject_id = factor_sums.subject_id
            and subjects.as_of_date = factor_sums.as_of_date
            and factors.score_version = factor_sums.score_version
            and factors.factor = factor_sums.factor
    where factors.is_enabled
),

-- Depends on which attributes were observed and never on what they say, so that a better
-- value can move neither a weight nor a profile.
with_ratio as (
    select
        *,
        {{ double_to_decimal(
            'least(
                1,
                cast(evidence_weight as double)
                / cast(full_evidence_weight as double)
            )', 18, 10
        ) }} as evidence_ratio
    from subject_factors
),

scored as (
    select
        subject_id,
        as_of_date,
        score_version,
        subject_kind,
        factor,
        global_weight_ratio,
        offset_points,
        scale_points,
        evidence_weight,
        evidence_ratio,
        {{ double_to_decimal(
            '(
                cast(weighted_points as double)
                / cast(evidence_weight as double)
                - cast(offset_points as double)
            ) / cast(scale_points as double)', 18, 10
        ) }} as sub_score,
        evidence_weight > 0 as has_evidence,
        evidence_ratio >= profile_evidence_ratio as counts_for_profile
    from with_ratio
)

select * from scored
