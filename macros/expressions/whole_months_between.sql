{# Whole months from one date to a later one: 31 January to 28 February is none. #}
{% macro whole_months_between(start_date, end_date) -%}
    cast(
        (
            extract(year from {{ end_date }})
            - extract(year from {{ start_date }})
        ) * 12
        + extract(month from {{ end_date }})
        - extract(month from {{ start_date }})
        - case
            when
                extract(day from {{ end_date }})
                < extract(day from {{ start_date }})
                then 1
            else 0
        end as integer
    )
{%- endmacro %}
