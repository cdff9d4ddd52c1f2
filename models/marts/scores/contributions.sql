-- grain: one row per scoreable subject, as-of date, score version and contributing item
{%- set steps = [
    ('base', 'base_points'),
    ('reliability_cap', 'cap_points'),
    ('clipping', 'clipping_points'),
    ('rounding', 'rounding_points'),
] %}

with

score_steps as (
    select * from {{ ref('int_score_steps') }}
),

attribute_contributions as (
    select * from {{ ref('int_attribute_contributions') }}
),

attribute_items as (
    select
        attribute_contributions.subject_id,
        attribute_contributions.as_of_date,
        attribute_contributions.score_version,
        attribute_contributions.attribute_name as item,
        attribute_contributions.factor,
        attribute_contributions.category,
        attribute_contributions.value_state,
        attribute_contributions.bin_label,
        attribute_contributions.value,
        attribute_contributions.contribution_points,
        attribute_contributions.points_lost
    from attribute_contributions
    inner join score_steps
        on
            attribute_contributions.subject_id = score_steps.subject_id
            and attribute_contributions.as_of_date = score_steps.as_of_date
            and attribute_contributions.score_version
            = score_steps.score_version
),

step_items as (
    {%- for item, points in steps %}
    select
        subject_id,
        as_of_date,
        score_version,
        '{{ item }}' as item,
        cast(null as string) as factor,
        cast(null as string) as category,
        cast(null as string) as value_state,
        cast(null as string) as bin_label,
        cast(null as decimal(28, 10)) as value,
        {{ points }} as contribution_points,
        cast(null as decimal(18, 6)) as points_lost
    from score_steps
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

contributions as (
    select * from attribute_items
    union all
    select * from step_items
)

select * from contributions
