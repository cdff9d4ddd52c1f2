{# What partners reported about the attributes of one mart, as a row per subject and date. #}
{% macro pivot_reported(relation, numeric=[], categories=[]) -%}
    select
        subject_id,
        as_of_date
        {%- for name in numeric %},
        max(case when attribute_name = '{{ name }}' then value end) as {{ name }}
        {%- endfor %}
        {%- for name in categories %},
        max(case when attribute_name = '{{ name }}' then category end)
            as {{ name }}
        {%- endfor %}
    from {{ relation }}
    group by subject_id, as_of_date
{%- endmacro %}
