{# The first day of a date's or timestamp's month, as a date. #}
{% macro month_start(moment) -%}
    cast(date_trunc('month', {{ moment }}) as date)
{%- endmacro %}
