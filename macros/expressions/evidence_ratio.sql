{# Evidence r of a factor from the weights of its attributes that have points: 1 where they reach what
   counts as full. #}
{% macro evidence_ratio(evidence_weight, full_evidence_weight) -%}
    {{ double_to_decimal(
        'least(1, cast(' ~ evidence_weight ~ ' as double) / cast('
        ~ full_evidence_weight ~ ' as double))', 18, 10
    ) }}
{%- endmacro %}
