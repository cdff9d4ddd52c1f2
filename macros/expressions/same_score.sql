{# Join condition of two relations of one row per subject and as-of date. #}
{% macro same_score(relation, subjects='measured_subjects') -%}
    {{ subjects }}.subject_id = {{ relation }}.subject_id
            and {{ subjects }}.as_of_date = {{ relation }}.as_of_date
{%- endmacro %}
