{# A relation with a row per row of `profiles` (int_subject_profiles) of this version and kind, with
   what the attributes of each factor give together as `<factor>_points`. card: of that version. #}
{% macro factor_points(card, version, kind, profiles) -%}
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
            {%- do terms.append(attribute_contribution(
                attribute, factor ~ '.' ~ attribute.name ~ '_points'
            )) %}
        {%- endfor %},
        {{ exact_sum(terms, 18, 6) }} as {{ factor }}_points
        {%- endfor %}
    from {{ profiles }} as profiles
    {{ joined_points(card, kind) }}
    where
        profiles.score_version = {{ text_literal(version) }}
        and profiles.subject_kind = '{{ kind }}'
{%- endmacro %}
