{#
    Selects subject_id, as_of_date, attribute_name, value and category from a factor mart:
    one row per row of the mart and attribute, those without a value included.
    mart: the relation to read; mart_name: its model, whose contract names the attributes.

    The attributes come from the mart's contract in the project's graph, so that a new one
    needs no change here and nothing is asked of the warehouse while compiling. One pass over
    the mart: a union of one select per attribute would read it once for each.
#}
{% macro unpivot_attributes(mart, mart_name) %}
    {{ return(
        adapter.dispatch('unpivot_attributes', 'sesame')(mart, mart_name)
    ) }}
{% endmacro %}

{# Empty in a unit test, which knows no graph. #}
{% macro mart_attributes(mart_name) %}
    {% set attributes = [] %}
    {% if execute and graph.nodes is defined %}
        {% set nodes = graph.nodes.values()
            | selectattr('resource_type', 'equalto', 'model')
            | selectattr('name', 'equalto', mart_name) | list %}
        {% for column in nodes[0].columns.values()
            if column.name not in ('subject_id', 'as_of_date') %}
            {% do attributes.append({
                'name': column.name,
                'is_category': column.data_type == 'varchar',
            }) %}
        {% endfor %}
    {% endif %}
    {{ return(attributes) }}
{% endmacro %}

{% macro duckdb__unpivot_attributes(mart, mart_name) %}
    select
        subject_id,
        as_of_date,
        unnest([
            {%- for attribute in mart_attributes(mart_name) %}
            {
                'attribute_name': '{{ attribute.name }}',
                'value': cast(
                    {{ 'null' if attribute.is_category else attribute.name }}
                    as decimal(28, 10)
                ),
                'category': cast(
                    {{ attribute.name if attribute.is_category else 'null' }}
                    as varchar
                )
            }{{ ',' if not loop.last }}
            {%- endfor %}
        ], recursive := true)
    from {{ mart }}
{% endmacro %}

{# Terse: Derby, the catalogue of a Spark without another, keeps no view of more than 32,700
   characters. The cast is for marts without categories, whose nulls have no type otherwise. #}
{% macro spark__unpivot_attributes(mart, mart_name) %}
    {%- set attributes = mart_attributes(mart_name) %}
    select
        subject_id,
        as_of_date,
        attribute_name,
        value,
        cast(category as string) as category
    from (
        select
            subject_id,
            as_of_date,
            stack(
                {{ attributes | length }}
                {%- for attribute in attributes %},
'{{ attribute.name }}',
                    {%- if attribute.is_category -%}
                        null,{{ attribute.name }}
                    {%- else -%}
                        cast({{ attribute.name }} as decimal(28,10)),null
                    {%- endif -%}
                {%- endfor %}
            ) as (attribute_name, value, category)
        from {{ mart }}
    )
{% endmacro %}
