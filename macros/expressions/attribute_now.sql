{# What an attribute is of a subject, in words of a language (en or zh): its name from `names`, its
   value, a text, and the months that it looks back. #}
{% macro attribute_now(names, values, value, language) -%}
    {%- set words = {
        'en': [': ', ' over the last ', ' months', ' now', 'not known'],
        'zh': ['：', '（近', '个月）', '', '未知'],
    }[language] -%}
    concat(
        {{ names }}.name_{{ language }}, '{{ words[0] }}',
        coalesce({{ value }}, '{{ words[4] }}'),
        case
            when {{ values }}.window_months is not null
                then
                    concat(
                        '{{ words[1] }}',
                        cast({{ values }}.window_months as string),
                        '{{ words[2] }}'
                    )
            else '{{ words[3] }}'
        end
    )
{%- endmacro %}
