{# A bigint with only the bit of this number set, 0 to 62; null for null. With bit_or and bit_count
   it counts distinct small numbers in one state of eight bytes, where count(distinct …) keeps a set
   per group. #}
{% macro bit_of(number) -%}
    {{ return(adapter.dispatch("bit_of", "sesame")(number)) }}
{%- endmacro %}

{% macro duckdb__bit_of(number) -%}
    (cast(1 as bigint) << {{ number }})
{%- endmacro %}

{% macro default__bit_of(number) -%}
    shiftleft(cast(1 as bigint), {{ number }})
{%- endmacro %}
