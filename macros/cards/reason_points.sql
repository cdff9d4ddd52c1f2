{# A relation with a row per row of `profiles` of this kind and of the first `maximum_reasons` reasons
   that may cost points, those that cost most first, ties by code: points over all attributes of
   the reason, whichever factor they are of, and what the cap of a thin file takes away; 0 or below.
   `profiles`: int_subject_profiles with cap_points and maximum_reasons. card: the champion's.
   `stored`: int_champion_contributions. #}
{% macro reason_points(card, kind, profiles, stored) -%}
    {%- set attributes = card | selectattr('kind', 'equalto', kind) | list -%}
    {%- set codes = attributes | map(attribute='reason_code') | unique | list -%}
    {%- set items = [] -%}
    {%- for code in codes -%}
        {%- set terms = [
            'case when profiles.cap_reason_code = ' ~ text_literal(code)
            ~ ' then profiles.cap_points else 0 end'
        ] -%}
        {%- for attribute in attributes
            if attribute.reason_code == code -%}
            {%- do terms.append(
                '-coalesce(' ~ attribute_loss(
                    attribute, 'stored.contributions.' ~ attribute.name
                ) ~ ', 0)'
            ) -%}
        {%- endfor -%}
        {%- do items.append({
            'points': exact_sum(terms, 18, 6),
            'reason_code': text_literal(code),
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
                else profiles.cap_points
            end
            {%- else %}
            profiles.cap_points
            {%- endif %} as decimal(18, 6)
        )
    {%- endset -%}
    {%- do items.append({
        'points': others,
        'reason_code': 'profiles.cap_reason_code',
    }) -%}
    select
        profiles.subject_id,
        profiles.as_of_date,
        profiles.score_version,
        {{ unpivot_first_items(items, 'profiles.maximum_reasons') }}
    from {{ profiles }} as profiles
    inner join {{ stored }} as stored
        on
            {{ same_score('stored', 'profiles') }}
            and stored.score_version = profiles.score_version
    where profiles.subject_kind = '{{ kind }}'
{%- endmacro %}
