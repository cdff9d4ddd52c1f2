{# A bit mask (bigint) in which only the given month back is set, 1 to 63: months that are put together
   with bit_or are counted once by bit_count, without a count of distinct rows. #}
{% macro month_bit(month_back) -%}
    {{ return(adapter.dispatch("month_bit")(month_back)) }}
{%- endmacro %}

{% macro duckdb__month_bit(month_back) -%}
    cast(1 as bigint) << ({{ month_back }} - 1)
{%- endmacro %}

{% macro default__month_bit(month_back) -%}
    shiftleft(cast(1 as bigint), {{ month_back }} - 1)
{%- endmacro %}
