{# Minute of the local day (0 to 1439) of a UTC timestamp. #}
{% macro local_minute(moment, utc_offset_minutes) -%}
    mod(
        cast(
            extract(hour from {{ moment }}) * 60
            + extract(minute from {{ moment }})
            + {{ utc_offset_minutes }}
            + 1440 as integer
        ),
        1440
    )
{%- endmacro %}
