-- Protects seeds weights, factors and profiles: weights of each profile and
-- the global weights are not negative and sum to one, and every profile weighs
-- every factor. Scores of one profile would otherwise drift from those of the
-- others.

with

profile_sums as (
    select
        profiles.score_version,
        profiles.subject_kind,
        profiles.profile,
        sum(weights.weight_ratio) as weight_sum,
        min(weights.weight_ratio) as smallest_weight,
        count(factors.factor) as factors_count,
        max(profiles.calibration_slope) as calibration_slope
    from {{ ref('profiles') }} as profiles
    left join {{ ref('weights') }} as weights
        on
            profiles.score_version = weights.score_version
            and profiles.subject_kind = weights.subject_kind
            and profiles.profile = weights.profile
    left join {{ ref('factors') }} as factors
        on
            weights.score_version = factors.score_version
            and weights.subject_kind = factors.subject_kind
            and weights.factor = factors.factor
    group by
        profiles.score_version,
        profiles.subject_kind,
        profiles.profile
),

global_sums as (
    select
        score_version,
        subject_kind,
        sum(global_weight_ratio) as weight_sum,
        min(global_weight_ratio) as smallest_weight,
        count(*) as factors_count,
        min(least(scale_points, full_evidence_weight)) as smallest_divisor
    from {{ ref('factors') }}
    group by score_version, subject_kind
)

select
    profile_sums.score_version,
    profile_sums.subject_kind,
    profile_sums.profile
from profile_sums
left join global_sums
    on
        profile_sums.score_version = global_sums.score_version
        and profile_sums.subject_kind = global_sums.subject_kind
where
    profile_sums.weight_sum is null
    or profile_sums.weight_sum <> 1
    or profile_sums.smallest_weight < 0
    or profile_sums.calibration_slope < 0
    or global_sums.factors_count is null
    or profile_sums.factors_count <> global_sums.factors_count
    or global_sums.weight_sum <> 1
    or global_sums.smallest_weight < 0
    or global_sums.smallest_divisor <= 0
