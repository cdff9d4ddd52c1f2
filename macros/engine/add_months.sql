{# A date moved by whole calendar months (negative: back); a day that the month lacks becomes its last. #}
{% macro add_months(date_column, months) -%}
    {{ return(adapter.dispatch("add_months")(date_column, months)) }}
{%- endmacro %}

{% macro duckdb__add_months(date_column, months) -%}
    cast({{ date_column }} + to_months({{ months }}) as date)
{%- endmacro %}

{% macro default__add_months(date_column, months) -%}
    add_months({{ date_column }}, {{ months }})
{%- endmacro %}
