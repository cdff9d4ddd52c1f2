{# Sub-score s of a factor, standardised log-odds: its mean of points, from where an ordinary subject
   lies, in units of a usual difference. Null without evidence. #}
{% macro sub_score(
    weighted_points, evidence_weight, offset_points, scale_points
) -%}
    {{ double_to_decimal(
        '(' ~ ratio(weighted_points, evidence_weight) ~ ' - cast('
        ~ offset_points ~ ' as double)) / cast('
        ~ scale_points ~ ' as double)', 18, 10
    ) }}
{%- endmacro %}
