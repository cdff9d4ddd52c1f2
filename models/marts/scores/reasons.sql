-- grain: one row per scoreable subject, as-of date, score version and reason given

with

score_steps as (
    select * from {{ ref('int_score_steps') }}
),

attribute_contributions as (
    select * from {{ ref('int_attribute_contributions') }}
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
        subject_id,
        as_of_date,
        score_version,
        reason_code,
        points_lost
    from attribute_contributions
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
),

grouped as (
    select
        losses.subject_id,
        losses.as_of_date,
        losses.score_version,
        losses.reason_code,
        cast(sum(losses.points_lost) as decimal(18, 6)) as points_lost
    from losses
    inner join score_steps
        on
            losses.subject_id = score_steps.subject_id
            and losses.as_of_date = score_steps.as_of_date
            and losses.score_version = score_steps.score_version
    where losses.points_lost > 0
    group by
        losses.subject_id,
        losses.as_of_date,
        losses.score_version,
        losses.reason_code
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
