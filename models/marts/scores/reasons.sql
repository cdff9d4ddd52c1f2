-- grain: one row per scoreable subject, as-of date, score version and reason given

with

score_steps as (
    select * from {{ ref('int_score_steps') }}
),

cards as (
    select * from {{ ref('int_cards') }}
),

contributions as (
    select * from {{ ref('contributions') }}
),

subject_profiles as (
    select * from {{ ref('int_subject_profiles') }}
),

sentences as (
    select * from {{ ref('reason_sentences') }}
),

scales as (
    select * from {{ ref('scales') }}
),

losses as (
    select
        contributions.subject_id,
        contributions.as_of_date,
        contributions.score_version,
        cards.reason_code,
        contributions.points_lost
    from contributions
    inner join cards
        on
            contributions.score_version = cards.score_version
            and contributions.item = cards.attribute_name
    where contributions.points_lost > 0
    union all
    -- What a thin file costs is a reason like any other.
    select
        score_steps.subject_id,
        score_steps.as_of_date,
        score_steps.score_version,
        subject_profiles.cap_reason_code as reason_code,
        -score_steps.cap_points as points_lost
    from score_steps
    inner join subject_profiles
        on
            score_steps.subject_id = subject_profiles.subject_id
            and score_steps.as_of_date = subject_profiles.as_of_date
            and score_steps.score_version = subject_profiles.score_version
    where score_steps.cap_points < 0
),

grouped as (
    select
        subject_id,
        as_of_date,
        score_version,
        reason_code,
        cast(sum(points_lost) as decimal(18, 6)) as points_lost
    from losses
    group by subject_id, as_of_date, score_version, reason_code
),

ranked as (
    select
        *,
        row_number() over (
            partition by subject_id, as_of_date, score_version
            order by points_lost desc, reason_code asc
        ) as reason_rank
    from grouped
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
    inner join scales
        on ranked.score_version = scales.score_version
    left join sentences
        on ranked.reason_code = sentences.reason_code
    where ranked.reason_rank <= scales.maximum_reasons
)

select * from reasons
