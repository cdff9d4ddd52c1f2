{# A struct with a field for each of the pairs of a name and an expression. #}
{% macro struct_of(fields) -%}
    {{ return(adapter.dispatch("struct_of", "sesame")(fields)) }}
{%- endmacro %}

{% macro duckdb__struct_of(fields) -%}
    {
        {%- for name, expression in fields.items() %}
        '{{ name }}': {{ expression }}{{ ',' if not loop.last }}
        {%- endfor %}
    }
{%- endmacro %}

{% macro default__struct_of(fields) -%}
    named_struct(
        {%- for name, expression in fields.items() %}
        '{{ name }}', {{ expression }}{{ ',' if not loop.last }}
        {%- endfor %}
    )
{%- endmacro %}
