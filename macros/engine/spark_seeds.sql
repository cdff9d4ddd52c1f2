{# dbt-spark's own seeds turn an empty cell into the text None and break on an apostrophe. #}
{% macro spark__create_csv_table(model, agate_table) %}
    {%- set types = model.config.column_types -%}
    {%- set sql -%}
        create table {{ this }} (
            {%- for column in agate_table.column_names %}
            {{ column }} {{ spark_type(types[column]) }}
            {{- "," if not loop.last }}
            {%- endfor %}
        )
        {{ comment_clause() }}
    {%- endset -%}
    {%- do run_query(sql) -%}
    {{ return(sql) }}
{% endmacro %}

{% macro spark__load_csv_rows(model, agate_table) %}
    {%- set types = model.config.column_types -%}
    {%- set sql -%}
        insert into {{ this }}
        select
            {%- for column in agate_table.column_names %}
            cast({{ column }} as {{ spark_type(types[column]) }})
            {{- "," if not loop.last }}
            {%- endfor %}
        from values
            {%- for row in agate_table.rows %}
            (
                {%- for cell in row.values() -%}
                    {%- if cell is none -%}
                        null
                    {%- else -%}
                        '{{ cell | replace("\\", "\\\\")
                            | replace("'", "\\'") }}'
                    {%- endif -%}
                    {{- ", " if not loop.last -}}
                {%- endfor -%}
            ){{ "," if not loop.last }}
            {%- endfor %}
            as cells ({{ agate_table.column_names | join(", ") }})
    {%- endset -%}
    {%- do adapter.add_query(sql, abridge_sql_log=True) -%}
    {{ return(sql) }}
{% endmacro %}
