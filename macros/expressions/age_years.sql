{# Whole years from a birth date to a later date. #}
{% macro age_years(birth_date, as_of_date) -%}
    floor({{ whole_months_between(birth_date, as_of_date) }} / 12)
{%- endmacro %}
