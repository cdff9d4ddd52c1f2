{# Log-odds of no default that a score stands for, as a double; `scales` is the version's row of the
   seed. #}
{% macro score_log_odds(score, scales) -%}
    ln(cast({{ scales }}.base_odds as double))
            + ln(cast({{ scales }}.step_odds as double))
            * cast({{ score }} - {{ scales }}.base_score as double)
            / cast({{ scales }}.step_points as double)
{%- endmacro %}
