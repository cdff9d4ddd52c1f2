-- grain: one row per subject, as-of date, score version and factor in use

with

subjects as (
    select * from {{ ref('int_scored_subjects') }}
),

versions as (
    select * from {{ ref('int_score_versions') }}
),

factors as (
    select * from {{ ref('factors') }}
),

factor_sums as (
    select * from {{ ref('int_factor_sums') }}
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
        {{ evidence_ratio('evidence_weight', 'full_evidence_weight') }}
            as evidence_ratio
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
        {{ sub_score(
            'weighted_points', 'evidence_weight', 'offset_points',
            'scale_points'
        ) }} as sub_score,
        evidence_weight > 0 as has_evidence,
        evidence_ratio >= profile_evidence_ratio as counts_for_profile
    from with_ratio
)

select * from scored
