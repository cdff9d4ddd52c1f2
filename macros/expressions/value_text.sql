{# A value as a person reads it, with its unit: ratios in percent and amounts in the reference currency,
   both with at most two decimals, all else with at most three; no zeros at their end. unit: that of
   the catalogue. sesame.explain does the same. #}
{% macro value_text(value, unit) -%}
    {{ return(with_unit(
        'cast(' ~ value ~ ' * 100 as decimal(28, 2))',
        'cast(' ~ value ~ ' as decimal(28, 2))',
        'cast(' ~ value ~ ' as decimal(28, 3))',
        unit
    )) }}
{%- endmacro %}

{# An edge of a bin, to its last digit: a rounded one would promise points that are not there. #}
{% macro edge_text(edge, unit) -%}
    {%- set exact = 'cast(' ~ edge ~ ' as decimal(28, 10))' -%}
    {{ return(with_unit(
        'cast(' ~ edge ~ ' * 100 as decimal(28, 8))', exact, exact, unit
    )) }}
{%- endmacro %}

{# Null where there is no number: DuckDB's concat would give the unit alone. #}
{% macro with_unit(percent, amount, other, unit) -%}
    case {{ unit }}
        when 'ratio' then {{ number_text(percent) }} || '%'
        when 'amount' then {{ number_text(amount) }} || ' CNY'
        else {{ number_text(other) }}
    end
{%- endmacro %}

{# A decimal without zeros at its end. #}
{% macro number_text(number) -%}
    regexp_replace(cast({{ number }} as string), '[.]?0+$', '')
{%- endmacro %}
