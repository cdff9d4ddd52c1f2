{# A relation with a row per row of `profiles` (int_subject_profiles) of this version and kind: what each
   attribute gives to the score, a field of `contributions` for each of the catalogue whichever card is
   in force, null where it has no say. #}
{% macro stored_contributions(card, version, kind, profiles) -%}
    {%- set fields = {} -%}
    {%- for mart_kind in ['consumer', 'business'] -%}
        {%- for factor in factor_names().split() -%}
            {%- for attribute in mart_attributes(mart_kind ~ '_' ~ factor) -%}
                {%- do fields.update({
                    attribute.name: 'cast(null as decimal(18, 6))',
                }) -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- for attribute in card -%}
        {%- do fields.update({
            attribute.name: attribute_contribution(
                attribute, attribute.factor ~ '.' ~ attribute.name ~ '_points'
            ) if attribute.kind == kind else 'cast(null as decimal(18, 6))',
        }) -%}
    {%- endfor %}
    select
        profiles.subject_id,
        profiles.as_of_date,
        profiles.score_version,
        {{ struct_of(fields) if fields else 'null' }} as contributions
    from {{ profiles }} as profiles
    {{ joined_points(card, kind) }}
    where
        profiles.score_version = {{ text_literal(version) }}
        and profiles.subject_kind = '{{ kind }}'
{%- endmacro %}
