-- grain: one row per score version, official or not, latest official date or not, subject kind and profile

with

scores as (
    select * from {{ ref('scores') }}
),

score_steps as (
    select * from {{ ref('int_score_steps') }}
),

last_official as (
    select max(as_of_date) as as_of_date
    from scores
    where is_official
),

score_distribution as (
    select
        scores.score_version,
        scores.subject_kind,
        coalesce(scores.profile, 'none') as profile,
        count(*) as row_count,
        count(scores.score) as scoreable_count,
        count(case when score_steps.cap_points < 0 then 1 end) as capped_count,
        count(case when score_steps.clipping_points <> 0 then 1 end)
            as clipped_count,
        min(scores.score) as minimum_score,
        {{ double_to_decimal(
            'cast(sum(scores.score) as double) / count(scores.score)', 18, 6
        ) }} as mean_score,
        max(scores.score) as maximum_score,
        {{ double_to_decimal(
            'cast(sum(scores.reliability_ratio) as double) / count(*)', 18, 6
        ) }} as mean_reliability_ratio,
        {{ double_to_decimal(ratio(
            'count(case when score_steps.cap_points < 0 then 1 end)',
            'count(scores.score)'
        ), 18, 6) }} as capped_ratio,
        {{ double_to_decimal(ratio(
            'count(case when score_steps.clipping_points <> 0 then 1 end)',
            'count(scores.score)'
        ), 18, 6) }} as clipped_ratio,
        scores.is_official,
        scores.is_official
        and scores.as_of_date = last_official.as_of_date as is_latest
    from scores
    cross join last_official
    left join score_steps
        on
            scores.subject_id = score_steps.subject_id
            and scores.as_of_date = score_steps.as_of_date
            and scores.score_version = score_steps.score_version
    group by
        scores.score_version,
        scores.subject_kind,
        coalesce(scores.profile, 'none'),
        scores.is_official,
        scores.is_official and scores.as_of_date = last_official.as_of_date
)

select * from score_distribution
