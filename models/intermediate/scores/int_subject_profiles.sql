-- grain: one row per subject, as-of date and score version

with

factor_evidence as (
    select * from {{ ref('int_factor_evidence') }}
),

profiles as (
    select * from {{ ref('profiles') }}
),

weights as (
    select * from {{ ref('weights') }}
),

reliability as (
    select * from {{ ref('reliability') }}
),

subject_reliability as (
    select
        subject_id,
        as_of_date,
        score_version,
        subject_kind,
        cast(
            sum(global_weight_ratio * evidence_ratio) as decimal(18, 10)
        ) as reliability_ratio
    from factor_evidence
    group by subject_id, as_of_date, score_version, subject_kind
),

rules as (
    select
        profiles.score_version,
        profiles.subject_kind,
        profiles.profile,
        profiles.priority,
        weights.factor,
        weights.requires_evidence
    from profiles
    inner join weights
        on
            profiles.score_version = weights.score_version
            and profiles.subject_kind = weights.subject_kind
            and profiles.profile = weights.profile
),

fitting_profiles as (
    select
        factor_evidence.subject_id,
        factor_evidence.as_of_date,
        factor_evidence.score_version,
        rules.profile,
        rules.priority
    from factor_evidence
    inner join rules
        on
            factor_evidence.score_version = rules.score_version
            and factor_evidence.subject_kind = rules.subject_kind
            and factor_evidence.factor = rules.factor
    group by
        factor_evidence.subject_id,
        factor_evidence.as_of_date,
        factor_evidence.score_version,
        rules.profile,
        rules.priority
    having
        sum(
            case
                when
                    rules.requires_evidence
                    <> factor_evidence.counts_for_profile
                    then 1
                else 0
            end
        ) = 0
),

ranked_profiles as (
    select
        *,
        row_number() over (
            partition by subject_id, as_of_date, score_version
            order by priority, profile
        ) as profile_rank
    from fitting_profiles
),

subject_profiles as (
    select
        subject_reliability.subject_id,
        subject_reliability.as_of_date,
        subject_reliability.score_version,
        subject_reliability.subject_kind,
        ranked_profiles.profile,
        reliability.cap_reason_code,
        case
            when ranked_profiles.profile is null then 'no_profile'
            when not reliability.is_scoreable then 'too_little_evidence'
        end as not_scoreable_reason,
        subject_reliability.reliability_ratio,
        reliability.score_cap
    from subject_reliability
    inner join reliability
        on
            subject_reliability.score_version = reliability.score_version
            and subject_reliability.reliability_ratio
            >= reliability.lower_bound
            and (
                reliability.upper_bound is null
                or subject_reliability.reliability_ratio
                < reliability.upper_bound
            )
    left join ranked_profiles
        on
            subject_reliability.subject_id = ranked_profiles.subject_id
            and subject_reliability.as_of_date = ranked_profiles.as_of_date
            and subject_reliability.score_version
            = ranked_profiles.score_version
            and ranked_profiles.profile_rank = 1
)

select * from subject_profiles
