{# A relation with a row per row of `profiles` of this kind and of the first `maximum_reasons` reasons
   that may cost points: points over all attributes of the reason, whichever factor they are of, and
   what the cap of a thin file takes away; 0 or below. First (`place` 0) is that of the cap where it
   takes anything, for mending another may change nothing then; next those that cost most, ties by
   code.
   What values cost that are not known is a reason of its own, whatever they would have been of.
   `profiles`: int_subject_profiles with cap_points and maximum_reasons. card: the champion's.
   `stored`: int_champion_contributions. #}
{% macro reason_points(card, kind, profiles, stored) -%}
    {%- set losses = [] -%}
    {%- for attribute in card | selectattr('kind', 'equalto', kind) -%}
        {%- set loss = 'coalesce(' ~ attribute_loss(
            attribute, 'stored.contributions.' ~ attribute.name
        ) ~ ', 0)' -%}
        {%- if asks_for_missing(attribute) -%}
            {%- set is_missing = 'stored.is_missing.' ~ attribute.name -%}
            {%- do losses.append({
                'code': missing_reason(),
                'points': '-case when ' ~ is_missing
                    ~ ' then greatest(' ~ loss ~ ', 0) else 0 end',
            }) -%}
            {%- set loss = 'case when ' ~ is_missing ~ ' then 0 else '
                ~ loss ~ ' end' -%}
        {%- endif -%}
        {%- do losses.append({
            'code': attribute.reason_code, 'points': '-' ~ loss,
        }) -%}
    {%- endfor -%}
    {%- set items = [] -%}
    {%- set codes = losses | map(attribute='code') | unique | list -%}
    {%- for code in codes -%}
        {%- set terms = [
            'case when profiles.cap_reason_code = ' ~ text_literal(code)
            ~ ' then profiles.cap_points else 0 end'
        ] -%}
        {%- for loss in losses if loss.code == code -%}
            {%- do terms.append(loss.points) -%}
        {%- endfor -%}
        {%- do items.append({
            'place': 'case when profiles.cap_points < 0
                and profiles.cap_reason_code = ' ~ text_literal(code)
                ~ ' then 0 else 1 end',
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
        'place': 'case when ' ~ others ~ ' < 0 then 0 else 1 end',
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

{# The reason of what a value costs that is usually on record and is not known: the attribute's own
   would tell a fact that nobody knows. #}
{% macro missing_reason() -%}
    {{ return('NOT_ON_RECORD') }}
{%- endmacro %}
