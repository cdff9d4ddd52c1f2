{# A text from a seed as a literal: each engine has its own way to write a quote within it. #}
{% macro text_literal(text) -%}
    {{ return(adapter.dispatch("text_literal", "sesame")(text)) }}
{%- endmacro %}

{% macro duckdb__text_literal(text) -%}
    '{{ text | replace("'", "''") }}'
{%- endmacro %}

{% macro default__text_literal(text) -%}
    '{{ text | replace("\\", "\\\\") | replace("'", "\\'") }}'
{%- endmacro %}
