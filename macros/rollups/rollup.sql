{#
    Makes a model a rollup: built whole the first time, later only the days that changed.

    changes: the raw tables it depends on, each with
        domain, table: the source
        event_at: its column whose date is the rollup's event_date
        Without event_at, a row changes every day that the rollup has of its key.
    key: the rollup's first column.

    A changed day is built anew from all its rows and replaces what was there, so that late rows,
    corrections and removals need no case of their own, and a repeated increment changes nothing.
    Deleting, inserting and noting how far the rollup has come are one transaction.
#}
{% macro rollup(changes, key='subject_id') -%}
    {{ adapter.dispatch('rollup', 'sesame')(changes, key) }}
{%- endmacro %}

{% macro duckdb__rollup(changes, key) -%}
    {{ config(
        materialized='incremental',
        incremental_strategy='replace_days',
        tags=['rollup'],
        meta={'changes': changes, 'key': key},
        post_hook='{{ remember_rollup() }}'
    ) }}
{%- endmacro %}

{#
    Condition on the rows that a rollup reads: true in a full build, else whether the row is of a
    changed day. The range is for the scan, which skips by it what the exact condition could not.
#}
{% macro in_changed_days(changes, event_at, key='subject_id') -%}
    {{ return(adapter.dispatch('in_changed_days', 'sesame')(
        changes, event_at, key
    )) }}
{%- endmacro %}

{% macro duckdb__in_changed_days(changes, event_at, key) -%}
    {%- if not is_increment() -%}
        true
    {%- else -%}
        {%- set changed = changed_days(changes, key) -%}
        {%- set reach = run_query(
            'select min(event_date), max(event_date) from (' ~ changed ~ ') as changed'
        ).rows[0] -%}
        {%- if reach[0] is none -%}
            false
        {%- else -%}
            {{ event_at }} >= cast('{{ reach[0] }}' as date)
            and {{ event_at }} < cast('{{ reach[1] }}' as date) + interval 1 day
            and ({{ key }}, cast({{ event_at }} as date)) in ({{ changed }})
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}

{# Keys and days whose rows were landed or removed since the rollup was last built. #}
{% macro changed_days(changes, key) -%}
    {%- set since = "cast('" ~ built_until() ~ "' as timestamp)" -%}
    {%- for change in changes -%}
        {%- set raw = raw_table(change.domain, change.table) -%}
        {%- set removed = raw_table(change.domain, '_removed') -%}
        {%- if not loop.first %} union all {% endif -%}
        {%- if change.event_at %}
            select
                {{ key }},
                cast({{ change.event_at }} as date) as event_date
            from {{ raw }}
            where _landed_at > {{ since }}
            union all
            select
                key_value as {{ key }},
                cast(event_at as date) as event_date
            from {{ removed }}
            where table_name = '{{ change.table }}' and removed_at > {{ since }}
        {%- else %}
            select {{ key }}, event_date
            from {{ this }}
            where {{ key }} in (
                select {{ key }} from {{ raw }} where _landed_at > {{ since }}
                union all
                select key_value from {{ removed }}
                where table_name = '{{ change.table }}' and removed_at > {{ since }}
            )
        {%- endif -%}
    {%- endfor -%}
{%- endmacro %}

{# dbt's incremental strategy `replace_days`: see rollup. #}
{% macro get_incremental_replace_days_sql(arguments) %}
    {%- set columns = get_quoted_csv(arguments['dest_columns'] | map(attribute='name')) -%}
    {%- set meta = config.get('meta') -%}
    delete from {{ arguments['target_relation'] }}
    where ({{ meta.key }}, event_date) in ({{ changed_days(meta.changes, meta.key) }});
    insert into {{ arguments['target_relation'] }} ({{ columns }})
    select {{ columns }} from {{ arguments['temp_relation'] }}
{% endmacro %}

{# A raw table with the columns and registers of landing, which no staging model shows. Not source():
   the rollup's lineage goes through staging. #}
{% macro raw_table(domain, table) -%}
    {{ return(adapter.dispatch('raw_table', 'sesame')(domain, table)) }}
{%- endmacro %}

{% macro duckdb__raw_table(domain, table) -%}
    {{ return(api.Relation.create(
        database='raw_' ~ domain, schema='main', identifier=table
    )) }}
{%- endmacro %}
