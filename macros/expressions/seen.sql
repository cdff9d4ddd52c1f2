{# Join condition of scored subjects and a rollup or events: the subject's own rows that both clocks
   allow, and, where `months` is given, of the last N months only. #}
{% macro seen(rollup, months=none, subjects='measured_subjects') -%}
    {{ subjects }}.subject_id = {{ rollup }}.subject_id
            and {{ known_before(rollup, subjects) }}
    {%- if months is not none %}
            and {{ in_window(
                rollup ~ '.event_date', subjects ~ '.as_of_date', months
            ) }}
    {%- endif -%}
{%- endmacro %}
