{# A number as a person reads it: at most three decimals, and no zeros at their end. #}
{% macro number_text(number) -%}
    regexp_replace(
        cast(cast({{ number }} as decimal(28, 3)) as string), '[.]?0+$', ''
    )
{%- endmacro %}
