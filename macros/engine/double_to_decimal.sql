{# A double rounded to a decimal, half away from zero, as DuckDB's cast does it: it multiplies by
   the power of ten first, which leaves noise in the last digits of large amounts. Spark's cast
   rounds the digits that Java prints instead, so that 1676038.61 and 1/2048 come out differently
   in the tenth decimal. #}
{% macro double_to_decimal(value, precision, scale) -%}
    {{ return(adapter.dispatch("double_to_decimal", "sesame")(
        value, precision, scale
    )) }}
{%- endmacro %}

{% macro duckdb__double_to_decimal(value, precision, scale) -%}
    cast({{ value }} as decimal({{ precision }}, {{ scale }}))
{%- endmacro %}

{# Every step is exact but the first product and its rounding, which are DuckDB's: below 2^62 a
   bigint holds the result, and from there on a double is a multiple of 1024. Beyond 2^64 (at
   scale 10, amounts of 1.8 billion) Java prints 17 digits, and those after them may differ. #}
{% macro spark__double_to_decimal(value, precision, scale) -%}
    cast(
        case
            when abs(({{ value }}) * 1e{{ scale }}D) < 4611686018427387904
                then cast(
                    round(
                        ({{ value }}) * 1e{{ scale }}D
                        + sign({{ value }}) * 1e-9D
                    ) as bigint
                )
            else
                cast(({{ value }}) * 1e{{ scale }}D / 1024 as decimal(20, 0))
                * 1024BD
        end * 1e-{{ scale }}BD as decimal({{ precision }}, {{ scale }})
    )
{%- endmacro %}
