{# The sum of a rollup's column over the last N months before the as-of date; 0 where there is none. #}
{% macro window_sum(rollup, column, months, subjects='measured_subjects') -%}
    sum(
        case
            when {{ in_window(rollup ~ '.event_date',
                subjects ~ '.as_of_date', months) }}
                then {{ rollup }}.{{ column }}
            else 0
        end
    )
{%- endmacro %}
