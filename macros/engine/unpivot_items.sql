{# In a select list: a row for each of the items, which are mappings of the same names, each to an
   expression over the row at hand. Expressions of one name must have one type. #}
{% macro unpivot_items(items) -%}
    {{ return(adapter.dispatch("unpivot_items", "sesame")(items)) }}
{%- endmacro %}

{% macro duckdb__unpivot_items(items) -%}
    unnest([{{ structs_of(items) }}], recursive := true)
{%- endmacro %}

{% macro default__unpivot_items(items) -%}
    inline(array({{ structs_of(items) }}))
{%- endmacro %}

{# The same, but only the first so many by the order of their structs: field by field, smallest
   first. #}
{% macro unpivot_first_items(items, count) -%}
    {{ return(adapter.dispatch("unpivot_first_items", "sesame")(items, count)) }}
{%- endmacro %}

{% macro duckdb__unpivot_first_items(items, count) -%}
    unnest(
        list_sort([{{ structs_of(items) }}])[1:{{ count }}], recursive := true
    )
{%- endmacro %}

{% macro default__unpivot_first_items(items, count) -%}
    inline(slice(array_sort(array({{ structs_of(items) }})), 1, {{ count }}))
{%- endmacro %}

{% macro structs_of(items) -%}
    {%- for item in items %}
    {{ struct_of(item) }}{{ ',' if not loop.last }}
    {%- endfor %}
{%- endmacro %}
