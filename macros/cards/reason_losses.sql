{# A relation with a row per row of `profiles` of this kind and reason that may cost points: points
   lost over all attributes of the reason, whichever factor they are of, and what the cap of a thin
   file takes away. `profiles`: int_subject_profiles with cap_points. card: of one version. #}
{% macro reason_losses(card, kind, profiles) -%}
    {%- set attributes = card | selectattr('kind', 'equalto', kind) | list -%}
    {%- set codes = attributes | map(attribute='reason_code') | unique | list -%}
    {%- set items = [] -%}
    {%- for code in codes -%}
        {%- set terms = [
            'case when profiles.cap_reason_code = ' ~ text_literal(code)
            ~ ' then -profiles.cap_points else 0 end'
        ] -%}
        {%- for attribute in attributes
            if attribute.reason_code == code -%}
            {%- do terms.append(attribute_loss(
                attribute, attribute.factor ~ '.' ~ attribute.name ~ '_points'
            )) -%}
        {%- endfor -%}
        {%- do items.append({
            'reason_code': text_literal(code),
            'points_lost': exact_sum(terms, 18, 6),
        }) -%}
    {%- endfor -%}
    {%- set others -%}
        cast(
            {%- if codes %}
            case
                when profiles.cap_reason_code in (
                    {%- for code in codes -%}
                    {{ text_literal(code) }}{{ ', ' if not loop.last }}
                    {%- endfor -%}
                ) then 0
                else -profiles.cap_points
            end
            {%- else %}
            -profiles.cap_points
            {%- endif %} as decimal(18, 6)
        )
    {%- endset -%}
    {%- do items.append({
        'reason_code': 'profiles.cap_reason_code',
        'points_lost': others,
    }) -%}
    select
        profiles.subject_id,
        profiles.as_of_date,
        profiles.score_version,
        {{ unpivot_items(items) }}
    from {{ profiles }} as profiles
    {{ joined_points(attributes, kind) }}
    where profiles.subject_kind = '{{ kind }}'
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
