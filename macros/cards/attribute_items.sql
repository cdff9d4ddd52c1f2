{# A relation with a row per row of `profiles` (int_subject_profiles) with a score and attribute of one
   mart: its value, its bin, what it gives and what its best bin would have given beyond that.
   `stored`: int_champion_contributions. #}
{% macro attribute_items(attributes, profiles, stored) -%}
    {%- set items = [] -%}
    {%- for attribute in attributes -%}
        {%- set contribution = 'stored.contributions.' ~ attribute.name -%}
        {%- do items.append({
            'item': text_literal(attribute.name),
            'category': 'cast(' ~ (attribute.name if attribute.is_category else 'null')
                ~ ' as string)',
            'value_state': 'case when ' ~ attribute.name
                ~ " is null then 'missing' else 'observed' end",
            'bin_label': attribute.name ~ '_label',
            'value': 'cast(' ~ ('null' if attribute.is_category else attribute.name)
                ~ ' as decimal(28, 10))',
            'contribution_points': contribution,
            'points_lost': attribute_loss(attribute, contribution),
        }) -%}
    {%- endfor -%}
    select
        profiles.subject_id,
        profiles.as_of_date,
        profiles.score_version,
        '{{ attributes[0].factor }}' as factor,
        {{ unpivot_items(items) }}
    from {{ profiles }} as profiles
    inner join {{ stored }} as stored
        on
            {{ same_score('stored', 'profiles') }}
            and stored.score_version = profiles.score_version
    inner join (
        {{ card_points(attributes, ['observed', 'missing'], 'label') }}
    ) as bins
        on {{ same_score('bins', 'profiles') }}
{%- endmacro %}
