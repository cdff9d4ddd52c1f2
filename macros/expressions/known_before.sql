{# Both clocks: the event happened, and was known, before the as-of date's 00:00 UTC. #}
{% macro known_before(rollup, subjects) -%}
    {{ rollup }}.event_date < {{ subjects }}.as_of_date
    and {{ rollup }}.known_date < {{ subjects }}.as_of_date
{%- endmacro %}
