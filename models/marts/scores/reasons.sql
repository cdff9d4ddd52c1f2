-- grain: one row per subject the champion scores, as-of date and reason given
{%- set card = card_attributes() | selectattr('is_champion') | list %}
{%- for kind in ['consumer', 'business'] %}
{%- for factor in factor_names().split() %}
-- depends_on: {{ ref(kind ~ '_' ~ factor) }}
{%- endfor %}
{%- endfor %}
-- depends_on: {{ ref('int_banned_attributes') }}
-- depends_on: {{ ref('int_expected_products') }}

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

scored as (
    select
        subject_profiles.*,
        score_steps.cap_points
    from score_steps
    inner join versions
        on score_steps.score_version = versions.score_version
    inner join subject_profiles
        on
            score_steps.subject_id = subject_profiles.subject_id
            and score_steps.as_of_date = subject_profiles.as_of_date
            and score_steps.score_version = subject_profiles.score_version
),

-- One row per reason: what its attributes cost is added up column by column.
losses as (
    {{ reason_losses(card, 'consumer', 'scored') }}
    union all
    {{ reason_losses(card, 'business', 'scored') }}
),

ranked as (
    select
        *,
        row_number() over (
            partition by subject_id, as_of_date, score_version
            order by points_lost desc, reason_code asc
        ) as reason_rank
    from losses
    where points_lost > 0
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
