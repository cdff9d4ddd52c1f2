{# The quotient of a decimal (28 digits, 10 behind the point) and a count, rounded to ten decimals, half
   a last digit away from zero; null where the count is not positive. Quotients by two or four often
   end in such a half, which the noise of a double would decide, and not alike on both engines: the
   whole part is taken out first, as a decimal, and what remains has 14 digits that a double holds. #}
{% macro exact_quotient(numerator, denominator) -%}
    {%- set whole = 'cast(floor(' ~ ratio(numerator, denominator)
        ~ ') as decimal(16, 0))' -%}
    {%- set rest = numerator ~ ' - ' ~ whole ~ ' * cast(' ~ denominator
        ~ ' as decimal(9, 0))' -%}
    {{ return(
        'cast(' ~ whole ~ ' + '
        ~ double_to_decimal(ratio('(' ~ rest ~ ')', denominator), 20, 14)
        ~ ' as decimal(28, 10))'
    ) }}
{%- endmacro %}
