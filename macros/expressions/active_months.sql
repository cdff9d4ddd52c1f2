{# The number of the last N months (see month_back) with a row whose count column is above zero. #}
{% macro active_months(rollup, count_column, months, subjects='scoring_subjects') -%}
    count(
        distinct case
            when
                {{ rollup }}.{{ count_column }} > 0
                and {{ in_window(
                    rollup ~ '.event_date', subjects ~ '.as_of_date', months
                ) }}
                then {{ month_back(
                    rollup ~ '.event_date', subjects ~ '.as_of_date', months
                ) }}
        end
    )
{%- endmacro %}
