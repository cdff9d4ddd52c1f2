{# A type of the contracts, in Spark's words: there a varchar without a length is called string. #}
{% macro spark_type(data_type) -%}
    {{ return("string" if data_type == "varchar" else data_type) }}
{%- endmacro %}

{# dbt compares a mart with this empty row of its contract. #}
{% macro spark__get_empty_schema_sql(columns) %}
    select
        {%- for column in columns.values() %}
        cast(null as {{ spark_type(column.data_type) }}) as {{ column.name }}
        {{- "," if not loop.last }}
        {%- endfor %}
    where false
{% endmacro %}

{# Parquet keeps no constraints, and dbt-spark takes a table without a format for Delta's. #}
{% macro spark__persist_constraints(relation, model) %}{% endmacro %}
