{# On an empty warehouse every model builds to no rows: say so, and how to get data. #}
{% macro say_how_to_get_data() %}
    {%- if execute and flags.WHICH in ["build", "run"] -%}
        {%- set subjects = run_query(
            "select 1 from "
            ~ graph.sources["source.sesame.identity.subjects"].relation_name
            ~ " limit 1"
        ) -%}
        {%- if subjects.rows | length == 0 -%}
            {{ log(
                "The warehouse holds no subjects yet, so every model is empty."
                ~ " To get data: `sesame land DIR` lands delivered files,"
                ~ " `sesame run --demo` makes a demo population.",
                info=true
            ) }}
        {%- endif -%}
    {%- endif -%}
{% endmacro %}
