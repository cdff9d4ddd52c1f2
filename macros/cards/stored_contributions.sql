{# A relation with a row per row of `profiles` (int_subject_profiles) of this version and kind: what each
   attribute gives to the score, a field of `contributions` for each of the catalogue whichever card is
   in force, null where it has no say; and in `is_missing` whether that is for a value not known, null
   where the card has no bin for that. #}
{% macro stored_contributions(card, version, kind, profiles) -%}
    {%- set fields = {} -%}
    {%- set missing = {} -%}
    {%- for mart_kind in ['consumer', 'business'] -%}
        {%- for factor in factor_names().split() -%}
            {%- for attribute in mart_attributes(mart_kind ~ '_' ~ factor) -%}
                {%- do fields.update({
                    attribute.name: 'cast(null as decimal(18, 6))',
                }) -%}
                {%- do missing.update({
                    attribute.name: 'cast(null as boolean)',
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
        {%- if attribute.kind == kind and asks_for_missing(attribute) -%}
            {%- set value = attribute.factor ~ '.' ~ attribute.name -%}
            {%- do missing.update({
                attribute.name: value ~ '_points is not null and '
                    ~ value ~ ' is null',
            }) -%}
        {%- endif -%}
    {%- endfor %}
    select
        profiles.subject_id,
        profiles.as_of_date,
        profiles.score_version,
        {{ struct_of(fields) if fields else 'null' }} as contributions,
        {{ struct_of(missing) if missing else 'null' }} as is_missing
    from {{ profiles }} as profiles
    {{ joined_points(card, kind) }}
    where
        profiles.score_version = {{ text_literal(version) }}
        and profiles.subject_kind = '{{ kind }}'
{%- endmacro %}
