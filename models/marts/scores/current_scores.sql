-- grain: one row per subject with an official score of the champion

with

scores as (
    select * from {{ ref('scores') }}
),

ranked as (
    select
        *,
        row_number() over (
            partition by subject_id order by as_of_date desc
        ) as recency_rank
    from scores
    where is_official and is_champion
),

current_scores as (
    select
        subject_id,
        as_of_date,
        score_version,
        subject_kind,
        profile,
        band,
        not_scoreable_reason,
        score,
        reliability_ratio,
        is_scoreable
    from ranked
    where recency_rank = 1
)

select * from current_scores
