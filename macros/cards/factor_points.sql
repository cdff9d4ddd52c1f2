{# A relation with a row per row of `profiles` (int_subject_profiles) of this kind, with what the
   attributes of each factor give together as `<factor>_points`. card: of a challenger, whose points
   are looked up in the marts; of the champion they lie in `stored` (int_champion_contributions). #}
{% macro factor_points(card, version, kind, profiles, stored=none) -%}
    select
        profiles.subject_id,
        profiles.as_of_date,
        profiles.score_version,
        profiles.subject_kind,
        profiles.profile,
        profiles.score_cap
        {%- for factor in factor_names().split() %}
        {%- set terms = [] %}
        {%- for attribute in attributes_of(card, kind, factor) %}
            {%- set contribution = 'stored.contributions.' ~ attribute.name
                if stored else attribute_contribution(
                    attribute, factor ~ '.' ~ attribute.name ~ '_points'
                ) %}
            {%- do terms.append('coalesce(' ~ contribution ~ ', 0)') %}
        {%- endfor %},
        {{ exact_sum(terms, 18, 6) }} as {{ factor }}_points
        {%- endfor %}
    from {{ profiles }} as profiles
    {%- if stored %}
    inner join {{ stored }} as stored
        on
            {{ same_score('stored', 'profiles') }}
            and stored.score_version = profiles.score_version
    {%- else %}
    {{ joined_points(card, kind) }}
    {%- endif %}
    where
        profiles.score_version = {{ text_literal(version) }}
        and profiles.subject_kind = '{{ kind }}'
{%- endmacro %}

{# The marts of a kind, joined to `profiles`, each under its factor's name. #}
{% macro joined_points(card, kind) -%}
    {%- for factor in factor_names().split() %}
    {%- set attributes = attributes_of(card, kind, factor) %}
    {%- if attributes %}
    inner join (
        {{ card_points(attributes, ['observed', 'missing']) }}
    ) as {{ factor }}
        on {{ same_score(factor, 'profiles') }}
    {%- endif %}
    {%- endfor %}
{%- endmacro %}
