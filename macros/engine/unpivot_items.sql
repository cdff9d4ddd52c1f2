{# In a select list: a row for each of the items, which are mappings of the same names, each to an
   expression over the row at hand. Expressions of one name must have one type. #}
{% macro unpivot_items(items) -%}
    {{ return(adapter.dispatch("unpivot_items", "sesame")(items)) }}
{%- endmacro %}

{% macro duckdb__unpivot_items(items) -%}
    unnest([
        {%- for item in items %}
        {
            {%- for name, expression in item.items() %}
            '{{ name }}': {{ expression }}{{ ',' if not loop.last }}
            {%- endfor %}
        }{{ ',' if not loop.last }}
        {%- endfor %}
    ], recursive := true)
{%- endmacro %}

{% macro default__unpivot_items(items) -%}
    inline(array(
        {%- for item in items %}
        named_struct(
            {%- for name, expression in item.items() %}
            '{{ name }}', {{ expression }}{{ ',' if not loop.last }}
            {%- endfor %}
        ){{ ',' if not loop.last }}
        {%- endfor %}
    ))
{%- endmacro %}
