{# Standard deviation over mean of monthly amounts (months without any are zero), from their sum,
   their sum of squares and the number of months; null for less than two months or no amount.
   In doubles only here, of exact decimals; rounding may leave a tiny negative variance. #}
{% macro variation(amount_sum, squares_sum, months) -%}
    case
        when {{ months }} > 1 and {{ amount_sum }} > 0
            then
                sqrt(
                    greatest(
                        cast({{ squares_sum }} as double) * {{ months }}
                        - cast({{ amount_sum }} as double)
                        * cast({{ amount_sum }} as double),
                        0
                    )
                ) / cast({{ amount_sum }} as double)
    end
{%- endmacro %}
