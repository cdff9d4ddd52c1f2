{# The share of conditions that hold, as a double; a condition that is null does not. #}
{% macro true_ratio(conditions) -%}
    (
        {%- for condition in conditions %}
        case when {{ condition }} then cast(1 as double) else 0 end
        {%- if not loop.last %} +{% endif %}
        {%- endfor %}
    ) / {{ conditions | length }}
{%- endmacro %}
