{# Whether an event that `known_before` let through lies in the window of the last N months. #}
{% macro in_window(event_date, as_of_date, months) -%}
    {{ event_date }} >= {{ add_months(as_of_date, -months) }}
{%- endmacro %}
