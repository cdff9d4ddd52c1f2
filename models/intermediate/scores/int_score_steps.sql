-- grain: one row per subject, as-of date and score version that is scoreable
{# What a challenger's attributes give is looked up and added here, and not kept. #}
{%- set factors, kinds = factor_names().split(), ['consumer', 'business'] %}
{%- for kind in kinds %}{%- for factor in factors %}
-- depends_on: {{ ref(kind ~ '_' ~ factor) }}
{%- endfor %}{%- endfor %}
-- depends_on: {{ ref('int_banned_attributes') }}
-- depends_on: {{ ref('int_expected_products') }}
-- depends_on: {{ ref('int_champion_contributions') }}

with

subject_profiles as (
    select * from {{ ref('int_subject_profiles') }}
    where not_scoreable_reason is null
),

profiles as (
    select * from {{ ref('profiles') }}
),

scales as (
    select * from {{ ref('scales') }}
),

attribute_sums as (
    {%- for card in cards_of(card_attributes()) %}
    {%- for kind in kinds %}
    {{ factor_points(
        card, card[0].version, kind, 'subject_profiles',
        ref('int_champion_contributions') if card[0].is_champion
    ) }}
    union all
    {%- endfor %}
    {%- endfor %}
    -- No card, no version in service: no row, but its columns.
    {{ factor_points([], '', '', 'subject_profiles') }}
),

raw_scores as (
    select
        attribute_sums.*,
        scales.minimum_score,
        scales.maximum_score,
        {{ double_to_decimal(
            'cast(scales.base_score as double)
            + cast(scales.step_points as double)
            / ln(cast(scales.step_odds as double))
            * (
                cast(profiles.calibration_intercept as double)
                - ln(cast(scales.base_odds as double))
            )', 18, 6
        ) }} as base_points,
        cast(
            {%- for factor in factors %}
            attribute_sums.{{ factor }}_points{{ ' +' if not loop.last }}
            {%- endfor %} as decimal(18, 6)
        ) as attribute_points
    from attribute_sums
    inner join profiles
        on
            attribute_sums.score_version = profiles.score_version
            and attribute_sums.subject_kind = profiles.subject_kind
            and attribute_sums.profile = profiles.profile
    inner join scales
        on attribute_sums.score_version = scales.score_version
),

-- Three steps from the raw score to the published one, each a row of its own among the
-- contributions. Bounds are whole numbers: rounding cannot leave them. A cap at the end
-- of the scale is none: there it is the scale that clips.
capped as (
    select
        *,
        case
            when score_cap < maximum_score
                then least(score_cap - base_points - attribute_points, 0)
            else 0
        end as cap_points
    from raw_scores
),

clipped as (
    select
        *,
        greatest(
            least(base_points + attribute_points + cap_points, maximum_score),
            minimum_score
        ) - base_points - attribute_points - cap_points as clipping_points
    from capped
),

unrounded as (
    select
        *,
        base_points + attribute_points + cap_points + clipping_points
            as unrounded_score
    from clipped
),

steps as (
    select
        subject_id,
        as_of_date,
        score_version,
        {%- for factor in factors %}
        {{ factor }}_points,
        {%- endfor %}
        base_points,
        attribute_points,
        cast(cap_points as decimal(18, 6)) as cap_points,
        cast(clipping_points as decimal(18, 6)) as clipping_points,
        cast(
            round(unrounded_score, 0) - unrounded_score as decimal(18, 6)
        ) as rounding_points,
        cast(round(unrounded_score, 0) as smallint) as score
    from unrounded
)

select * from steps
