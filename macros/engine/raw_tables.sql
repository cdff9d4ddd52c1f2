{# Makes the raw tables readable before the first model. DuckDB has attached them already; Spark
   gets the files of `sesame export` as external tables, a database per domain. #}
{% macro register_raw_tables() %}
    {%- if execute -%}
        {{ adapter.dispatch("register_raw_tables", "sesame")() }}
    {%- endif -%}
{% endmacro %}

{% macro duckdb__register_raw_tables() %}{% endmacro %}

{% macro spark__register_raw_tables() %}
    {%- set files = env_var(
        "SESAME_SPARK_RAW",
        env_var("SESAME_HOME", invocation_args_dict.project_dir ~ "/data")
            ~ "/spark/raw/current"
    ) -%}
    {%- for table in graph.sources.values() | sort(attribute="unique_id") %}
        {%- if loop.changed(table.schema) %}
            {%- do run_query("create database if not exists " ~ table.schema) %}
            {%- for register in ["_batches", "_removed"] %}
                {%- set name = table.schema ~ "." ~ register %}
                {%- do run_query("drop table if exists " ~ name) %}
                {%- do run_query(
                    "create table " ~ name ~ " using parquet location '"
                    ~ files ~ "/" ~ table.source_name ~ "/" ~ register ~ "'"
                ) %}
            {%- endfor %}
        {%- endif %}
        {%- set name = table.schema ~ "." ~ table.identifier %}
        {%- set columns = [] %}
        {%- for column in table.columns.values() %}
            {%- do columns.append(
                column.name ~ " " ~ spark_type(column.data_type)
            ) %}
        {%- endfor %}
        {#- The contract may have changed since; the files stay. #}
        {%- do run_query("drop table if exists " ~ name) %}
        {%- do run_query(
            "create table " ~ name ~ " (" ~ columns | join(", ") ~ ")"
            ~ " using parquet location '" ~ files ~ "/" ~ table.source_name
            ~ "/" ~ table.identifier ~ "'"
        ) %}
    {%- endfor %}
{% endmacro %}
