{# The date before a date. #}
{% macro day_before(date_column) -%}
    {{ return(adapter.dispatch("day_before")(date_column)) }}
{%- endmacro %}

{% macro duckdb__day_before(date_column) -%}
    ({{ date_column }} - 1)
{%- endmacro %}

{% macro default__day_before(date_column) -%}
    date_sub({{ date_column }}, 1)
{%- endmacro %}
