-- grain: one row per subject the champion scores, as-of date and item that is not neutral
{#
    What attributes give is stored (int_champion_contributions); this shows it as rows, with the value
    and its bin beside it.
#}
{%- set steps = [
    ('reliability_cap', 'cap_points'),
    ('clipping', 'clipping_points'),
    ('rounding', 'rounding_points'),
] %}
{%- set card = card_attributes() | selectattr('is_champion') | list %}
{%- set marts = [] %}
{%- for kind in ['consumer', 'business'] %}
{%- for factor in factor_names().split() %}
-- depends_on: {{ ref(kind ~ '_' ~ factor) }}
{%- do marts.append(attributes_of(card, kind, factor)) %}
{%- endfor %}
{%- endfor %}
-- depends_on: {{ ref('int_subject_profiles') }}
-- depends_on: {{ ref('int_champion_contributions') }}
-- depends_on: {{ ref('int_banned_attributes') }}
-- depends_on: {{ ref('int_expected_products') }}

with

versions as (
    select * from {{ ref('int_score_versions') }}
    where is_champion
),

score_steps as (
    select score_steps.*
    from {{ ref('int_score_steps') }} as score_steps
    inner join versions
        on score_steps.score_version = versions.score_version
),

{%- for attributes in marts if attributes %}

{{ attributes[0].kind }}_{{ attributes[0].factor }}_items as (
    {{ attribute_items(
        attributes,
        ref('int_subject_profiles'),
        ref('int_champion_contributions')
    ) }}
),
{%- endfor %}

-- Everyone starts from a base; the other steps are items where they did
-- anything.
items as (
    select
        subject_id,
        as_of_date,
        score_version,
        'base' as item,
        cast(null as string) as factor,
        cast(null as string) as category,
        cast(null as string) as value_state,
        cast(null as string) as bin_label,
        cast(null as decimal(28, 10)) as value,
        base_points as contribution_points,
        cast(null as decimal(18, 6)) as points_lost
    from score_steps
    {%- for item, points in steps %}
    union all
    select
        subject_id,
        as_of_date,
        score_version,
        '{{ item }}' as item,
        null as factor,
        null as category,
        null as value_state,
        null as bin_label,
        null as value,
        {{ points }} as contribution_points,
        null as points_lost
    from score_steps
    where {{ points }} <> 0
    {%- endfor %}
    {%- for attributes in marts if attributes %}
    union all
    select
        subject_id,
        as_of_date,
        score_version,
        item,
        factor,
        category,
        value_state,
        bin_label,
        value,
        contribution_points,
        points_lost
    from {{ attributes[0].kind }}_{{ attributes[0].factor }}_items
    where contribution_points <> 0
    {%- endfor %}
)

select * from items
