{# Probability of default at these log-odds of none, as a double. #}
{% macro default_probability(log_odds) -%}
    1 / (1 + exp({{ log_odds }}))
{%- endmacro %}
