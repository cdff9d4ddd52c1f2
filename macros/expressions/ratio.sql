{# A quotient as a double; null where the denominator is null or not positive. Decimals are
   cast first because decimal / decimal is a double in DuckDB and a rounded decimal in Spark. #}
{% macro ratio(numerator, denominator) -%}
    case
        when {{ denominator }} > 0
            then
                cast({{ numerator }} as double)
                / cast({{ denominator }} as double)
    end
{%- endmacro %}
