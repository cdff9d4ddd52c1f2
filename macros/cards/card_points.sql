{#
    A relation with a row per row of a factor mart: its keys, and for each attribute of the card its
    value and what its bin says: its points as `<name>_points` or its label as `<name>_label`, null
    where the value has no say.

    attributes: of one version and mart (attributes_of); at least one. states, says: see bin_case.
#}
{% macro card_points(attributes, states, says='points') -%}
    {%- set mart = attributes[0].kind ~ '_' ~ attributes[0].factor -%}
    {%- set banned = attributes | selectattr('is_banned_somewhere') | list -%}
    {%- set missing = [] -%}
    {%- for attribute in attributes if 'missing' in states -%}
        {%- if attribute.bins | selectattr('state', 'equalto', 'missing') | list -%}
            {%- do missing.append(attribute) -%}
        {%- endif -%}
    {%- endfor -%}
    select
        mart.subject_id,
        mart.as_of_date
        {%- for attribute in attributes %},
        mart.{{ attribute.name }},
        {% if attribute in banned -%}
        case
            when {{ attribute.name }}_ban.subject_id is null
                then {{ bin_case(attribute, says, states) }}
        end
        {%- else -%}
        {{ bin_case(attribute, says, states) }}
        {%- endif %} as {{ attribute.name }}_{{ says }}
        {%- endfor %}
    from {{ ref(mart) }} as mart
    {%- if missing %}
    left join {{ ref('int_expected_products') }} as expected
        on {{ same_score('expected', 'mart') }}
    {%- endif %}
    {%- for attribute in banned %}
    left join {{ ref('int_banned_attributes') }}
        as {{ attribute.name }}_ban
        on
            {{ same_score(attribute.name ~ '_ban', 'mart') }}
            and {{ attribute.name }}_ban.score_version
            = {{ text_literal(attribute.version) }}
            and {{ attribute.name }}_ban.attribute_name
            = {{ text_literal(attribute.name) }}
    {%- endfor %}
{%- endmacro %}
