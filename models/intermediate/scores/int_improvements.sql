-- grain: one row per scored subject, as-of date, version and actionable attribute that would help

{{ config(materialized='view') }}
{%- set words = {
    'en': ['; from ', ' on it would add ', '; below ', ' it would add ', ' to the score.'],
    'zh': ['；达到', '及以上可提高', '；低于', '可提高', '分。'],
} %}
{%- set value = value_text('ranked.value', 'ranked.unit') %}

with

names as (
    select * from {{ ref('attribute_names') }}
),

better_bins as (
    select * from {{ ref('int_better_bins') }}
),

subject_profiles as (
    select * from {{ ref('int_subject_profiles') }}
),

score_steps as (
    select * from {{ ref('int_score_steps') }}
),

scales as (
    select * from {{ ref('scales') }}
),

-- The steps of int_score_steps once more: what the cap, the scale or rounding
-- takes away again is no gain.
improved as (
    select
        better_bins.*,
        score_steps.score,
        cast(
            round(
                greatest(
                    least(
                        score_steps.base_points
                        + score_steps.attribute_points
                        + better_bins.added_points,
                        subject_profiles.score_cap,
                        scales.maximum_score
                    ),
                    scales.minimum_score
                ),
                0
            ) as smallint
        ) as improved_score
    from better_bins
    inner join score_steps
        on
            {{ same_score('score_steps', 'better_bins') }}
            and better_bins.score_version = score_steps.score_version
    inner join subject_profiles
        on
            {{ same_score('subject_profiles', 'better_bins') }}
            and better_bins.score_version = subject_profiles.score_version
    inner join scales
        on better_bins.score_version = scales.score_version
),

-- The nearest bin in which the score would be higher, not the nearest bin: two
-- bins may have the same points, or a difference that rounding swallows.
ranked as (
    select
        *,
        cast(improved_score - score as smallint) as gain_points,
        row_number() over (
            partition by subject_id, as_of_date, score_version, attribute_name
            order by
                from_value asc, below_value desc,
                improved_score asc, bin_number asc
        ) as nearness_rank
    from improved
    where improved_score > score
),

improvements as (
    select
        ranked.subject_id,
        ranked.as_of_date,
        ranked.score_version,
        ranked.attribute_name,
        {%- for language, text in words.items() %}
        concat(
            {{ attribute_now('names', 'ranked', value, language) }},
            case
                when ranked.from_value is not null
                    then concat(
                        '{{ text[0] }}',
                        {{ edge_text('ranked.from_value', 'ranked.unit') }},
                        '{{ text[1] }}'
                    )
                else concat(
                    '{{ text[2] }}',
                    {{ edge_text('ranked.below_value', 'ranked.unit') }},
                    '{{ text[3] }}'
                )
            end,
            cast(ranked.gain_points as string), '{{ text[4] }}'
        ) as sentence_{{ language }},
        {%- endfor %}
        ranked.value,
        ranked.from_value,
        ranked.below_value,
        ranked.gain_points,
        ranked.improved_score
    from ranked
    inner join names
        on ranked.attribute_name = names.attribute_name
    where ranked.nearness_rank = 1
)

select * from improvements
