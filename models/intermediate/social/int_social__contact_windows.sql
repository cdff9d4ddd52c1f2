-- grain: one row per subject and as-of date

with

scoring_subjects as (
    select * from {{ ref('int_scoring_subjects') }}
),

interaction_months as (
    select * from {{ ref('int_social__interaction_months') }}
),

rating_days as (
    select * from {{ ref('int_social__rating_days') }}
),

interaction_sums as (
    select
        scoring_subjects.subject_id,
        scoring_subjects.as_of_date,
        count(
            distinct
            {{ window_value('interaction_months', 'event_date', 12) }}
        ) as months_12m,
        count(
            distinct
            {{ window_value('interaction_months', 'partner_subject_id', 12) }}
        ) as partners_12m
    from scoring_subjects
    inner join interaction_months on {{ seen('interaction_months') }}
    group by scoring_subjects.subject_id, scoring_subjects.as_of_date
),

rating_sums as (
    select
        scoring_subjects.subject_id,
        scoring_subjects.as_of_date,
        {{ window_sum('rating_days', 'ratings_count', 24) }}
            as ratings_24m,
        {{ window_sum('rating_days', 'negative_count', 24) }}
            as negative_24m,
        {{ window_sum('rating_days', 'rating_sum', 24) }}
            as rating_24m
    from scoring_subjects
    inner join rating_days on {{ seen('rating_days') }}
    group by scoring_subjects.subject_id, scoring_subjects.as_of_date
),

measured as (
    select
        scoring_subjects.subject_id,
        scoring_subjects.as_of_date,
        interaction_sums.months_12m as interaction_active_months_12m,
        interaction_sums.partners_12m as interaction_partners_count_12m,
        {{ ratio('rating_sums.rating_24m', 'rating_sums.ratings_24m') }}
            as rating_received_mean_24m,
        rating_sums.ratings_24m as rating_received_count_24m,
        {{ ratio('rating_sums.negative_24m', 'rating_sums.ratings_24m') }}
            as negative_rating_ratio_24m
    from scoring_subjects
    left join interaction_sums on {{ same_score('interaction_sums') }}
    left join rating_sums on {{ same_score('rating_sums') }}
)

select * from measured
