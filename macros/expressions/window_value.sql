{# A rollup's column where its row lies in the last N months before the as-of date, else null. #}
{% macro window_value(rollup, column, months, subjects='measured_subjects') -%}
    case
            when {{ in_window(
                rollup ~ '.event_date', subjects ~ '.as_of_date', months
            ) }}
                then {{ rollup }}.{{ column }}
        end
{%- endmacro %}
