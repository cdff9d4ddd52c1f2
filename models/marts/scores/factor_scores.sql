-- grain: one row per scoreable subject, as-of date, score version and factor

with

score_steps as (
    select * from {{ ref('int_score_steps') }}
),

factor_weights as (
    select * from {{ ref('int_factor_weights') }}
),

contributions as (
    select * from {{ ref('contributions') }}
),

factor_sums as (
    select
        subject_id,
        as_of_date,
        score_version,
        factor,
        sum(contribution_points) as contribution_points
    from contributions
    where factor is not null
    group by subject_id, as_of_date, score_version, factor
),

factor_scores as (
    select
        factor_weights.subject_id,
        factor_weights.as_of_date,
        factor_weights.score_version,
        factor_weights.factor,
        factor_weights.weight_ratio,
        factor_weights.evidence_ratio,
        factor_weights.sub_score,
        cast(
            coalesce(factor_sums.contribution_points, 0) as decimal(18, 6)
        ) as contribution_points
    from factor_weights
    inner join score_steps
        on
            factor_weights.subject_id = score_steps.subject_id
            and factor_weights.as_of_date = score_steps.as_of_date
            and factor_weights.score_version = score_steps.score_version
    left join factor_sums
        on
            factor_weights.subject_id = factor_sums.subject_id
            and factor_weights.as_of_date = factor_sums.as_of_date
            and factor_weights.score_version = factor_sums.score_version
            and factor_weights.factor = factor_sums.factor
)

select * from factor_scores
