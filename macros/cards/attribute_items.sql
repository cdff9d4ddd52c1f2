{# A relation with a row per row of `profiles` (int_subject_profiles) with a score and attribute of one
   mart: its value, its bin, what it gives and what its best bin would have given beyond that. #}
{% macro attribute_items(attributes, profiles) -%}
    {%- set items = [] -%}
    {%- for attribute in attributes -%}
        {%- set points = attribute.name ~ '_points' -%}
        {%- do items.append({
            'item': text_literal(attribute.name),
            'category': 'cast(' ~ (attribute.name if attribute.is_category else 'null')
                ~ ' as string)',
            'value_state': 'case when ' ~ attribute.name
                ~ " is null then 'missing' else 'observed' end",
            'bin_label': attribute.name ~ '_label',
            'value': 'cast(' ~ ('null' if attribute.is_category else attribute.name)
                ~ ' as decimal(28, 10))',
            'contribution_points': attribute_contribution(attribute, points),
            'points_lost': attribute_loss(attribute, points),
        }) -%}
    {%- endfor -%}
    select
        profiles.subject_id,
        profiles.as_of_date,
        profiles.score_version,
        '{{ attributes[0].factor }}' as factor,
        {{ unpivot_items(items) }}
    from {{ profiles }} as profiles
    inner join (
        {{ card_points(attributes, ['observed', 'missing'], with_labels=true) }}
    ) as points
        on {{ same_score('points', 'profiles') }}
    where
        profiles.score_version = {{ text_literal(attributes[0].version) }}
        and profiles.not_scoreable_reason is null
{%- endmacro %}
