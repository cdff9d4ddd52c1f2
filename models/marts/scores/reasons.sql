-- grain: one row per subject the champion scores, as-of date and reason given
{%- set card = card_attributes() | selectattr('is_champion') | list %}

with

score_steps as (
    select * from {{ ref('int_score_steps') }}
),

subject_profiles as (
    select * from {{ ref('int_subject_profiles') }}
),

versions as (
    select * from {{ ref('int_score_versions') }}
    where is_champion
),

sentences as (
    select * from {{ ref('reason_sentences') }}
),

scales as (
    select * from {{ ref('scales') }}
),

champion_contributions as (
    select * from {{ ref('int_champion_contributions') }}
),

scored as (
    select
        subject_profiles.*,
        score_steps.cap_points,
        scales.maximum_reasons
    from score_steps
    inner join versions
        on score_steps.score_version = versions.score_version
    inner join scales
        on score_steps.score_version = scales.score_version
    inner join subject_profiles
        on
            score_steps.subject_id = subject_profiles.subject_id
            and score_steps.as_of_date = subject_profiles.as_of_date
            and score_steps.score_version = subject_profiles.score_version
),

-- One row per reason: what its attributes cost is added up column by column,
-- and the costliest are chosen within the row. Where the cap takes points away,
-- its reason comes first: less of another loss may only leave more to take.
costliest as (
    {{ reason_points(card, 'consumer', 'scored', 'champion_contributions') }}
    union all
    {{ reason_points(card, 'business', 'scored', 'champion_contributions') }}
),

ranked as (
    select
        subject_id,
        as_of_date,
        score_version,
        reason_code,
        cast(-points as decimal(18, 6)) as points_lost,
        row_number() over (
            partition by subject_id, as_of_date, score_version
            order by place, points, reason_code
        ) as reason_rank
    from costliest
    where points < 0
),

reasons as (
    select
        ranked.subject_id,
        ranked.as_of_date,
        ranked.score_version,
        cast(ranked.reason_rank as smallint) as reason_rank,
        ranked.reason_code,
        sentences.sentence_en,
        sentences.sentence_zh,
        ranked.points_lost
    from ranked
    left join sentences
        on ranked.reason_code = sentences.reason_code
)

select * from reasons
