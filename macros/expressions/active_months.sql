{# The number of the last N months (see month_back) with a row whose count column is above zero. #}
{% macro active_months(rollup, count_column, months, subjects='measured_subjects') -%}
    cast(bit_count(coalesce(bit_or(
        case
            when
                {{ rollup }}.{{ count_column }} > 0
                and {{ in_window(
                    rollup ~ '.event_date', subjects ~ '.as_of_date', months
                ) }}
                then {{ bit_of(month_back(
                    rollup ~ '.event_date', subjects ~ '.as_of_date', months
                )) }}
        end
    ), 0)) as bigint)
{%- endmacro %}
