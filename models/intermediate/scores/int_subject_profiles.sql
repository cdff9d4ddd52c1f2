-- grain: one row per subject, as-of date and score version
{%- set factors = factor_names().split() %}

with

subject_evidence as (
    select * from {{ ref('int_subject_evidence') }}
),

patterns as (
    select * from {{ ref('int_profile_patterns') }}
),

reliability as (
    select * from {{ ref('reliability') }}
),

with_profile as (
    select
        subject_evidence.*,
        {%- for factor in factors %}
        case
            when subject_evidence.{{ factor }}_evidence_weight > 0
                then patterns.{{ factor }}_weight_ratio
            else 0
        end as {{ factor }}_evidenced_weight_ratio,
        {%- endfor %}
        patterns.profile,
        patterns.calibration_slope,
        patterns.step_points,
        patterns.step_odds,
        reliability.cap_reason_code,
        reliability.score_cap,
        case
            when patterns.profile is null then 'no_profile'
            when not reliability.is_scoreable then 'too_little_evidence'
        end as not_scoreable_reason
    from subject_evidence
    inner join reliability
        on
            subject_evidence.score_version = reliability.score_version
            and subject_evidence.reliability_ratio >= reliability.lower_bound
            and (
                reliability.upper_bound is null
                or subject_evidence.reliability_ratio < reliability.upper_bound
            )
    left join patterns
        on
            subject_evidence.score_version = patterns.score_version
            and subject_evidence.subject_kind = patterns.subject_kind
            {%- for factor in factors %}
            and subject_evidence.{{ factor }}_counts
            = patterns.{{ factor }}_counts
            {%- endfor %}
),

with_total as (
    select
        *,
        {%- for factor in factors %}
        {{ factor }}_evidenced_weight_ratio{{ ' +' if not loop.last }}
        {%- endfor %} as total_weight_ratio
    from with_profile
),

renormalised as (
    select
        {%- for factor in factors %}
        case
            when
                profile is not null
                and {{ factor }}_evidence_weight is not null
                then {{ double_to_decimal(
                    'case when total_weight_ratio > 0
                        then
                            cast(' ~ factor ~ '_evidenced_weight_ratio as double)
                            / cast(total_weight_ratio as double)
                        else 0 end', 18, 10
                ) }}
        end as {{ factor }}_weight_ratio,
        {%- endfor %}
        *
    from with_total
),

-- What a point of an attribute of weight one is worth: what remains of A + B * sum(w * r * s) for it.
subject_profiles as (
    select
        subject_id,
        as_of_date,
        score_version,
        subject_kind,
        profile,
        cap_reason_code,
        not_scoreable_reason,
        {%- for factor in factors %}
        {{ factor }}_offset_points,
        {{ factor }}_weight_ratio,
        {{ factor }}_evidence_ratio,
        {{ factor }}_sub_score,
        case
            when {{ factor }}_evidence_weight > 0
                then {{ double_to_decimal(
                    'cast(step_points as double) / ln(cast(step_odds as double))
                    * cast(calibration_slope as double)
                    * cast(' ~ factor ~ '_weight_ratio as double)
                    * cast(' ~ factor ~ '_evidence_ratio as double)
                    / (
                        cast(' ~ factor ~ '_scale_points as double)
                        * cast(' ~ factor ~ '_evidence_weight as double)
                    )', 28, 12
                ) }}
        end as {{ factor }}_score_points_per_point,
        {%- endfor %}
        reliability_ratio,
        score_cap
    from renormalised
)

select * from subject_profiles
