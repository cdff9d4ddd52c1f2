{#
    Rollups on Spark: macros/rollups, with whole months for days. Parquet tables have no delete, so
    that the months in which a day changed are built anew, and their partitions overwritten. How
    far a rollup has come is a property of its table, set last: what a killed build leaves is done
    again by the next.
#}
{% macro spark__rollup(changes, key) -%}
    {{ config(
        materialized='incremental',
        incremental_strategy='insert_overwrite',
        file_format='parquet',
        partition_by=['event_month'],
        tags=['rollup'],
        meta={'changes': changes, 'key': key},
        post_hook=['{{ drop_emptied_months() }}', '{{ remember_rollup() }}']
    ) }}
{%- endmacro %}

{% macro spark__in_changed_days(changes, event_at, key) -%}
    {%- if is_increment() -%}
        {{ month_start(event_at) }} in ({{ changed_months(changes, key) }})
    {%- else -%}
        true
    {%- endif -%}
{%- endmacro %}

{# Their first days as dates, or null: listed and not selected, since Spark writes no table that
   the same statement reads. #}
{% macro changed_months(changes, key) -%}
    {%- set months = run_query(
        "select distinct cast(" ~ month_start("event_date") ~ " as string)"
        ~ " from (" ~ changed_days(changes, key) ~ ") as changed"
        ~ " where event_date is not null"
    ).columns[0].values() | sort -%}
    {%- for month in months -%}
        date '{{ month }}'{{ ", " if not loop.last }}
    {%- else -%}
        null
    {%- endfor -%}
{%- endmacro %}

{# A month whose last row was removed has nothing to be overwritten with. #}
{% macro drop_emptied_months() %}
    {%- if is_increment() -%}
        {%- set meta = config.get("meta") -%}
        {%- set built = this.identifier ~ "__dbt_tmp" -%}
        {%- set emptied = run_query(
            "select distinct cast(event_month as string) from " ~ this
            ~ " where event_month in ("
            ~ changed_months(meta.changes, meta.key) ~ ")"
            ~ " and event_month not in (select event_month from " ~ built ~ ")"
        ).columns[0].values() -%}
        {%- for month in emptied -%}
            {%- do run_query(
                "alter table " ~ this
                ~ " drop partition (event_month = '" ~ month ~ "')"
            ) -%}
        {%- endfor -%}
    {%- endif -%}
{% endmacro %}

{% macro spark__make_rollup_states() %}{% endmacro %}

{% macro spark__remember_rollup() %}
    {%- if execute -%}
        {%- set landed = [] -%}
        {%- for domain in config.get("meta").changes
            | map(attribute="domain") | unique -%}
            {%- do landed.append(
                "select landed_at from " ~ raw_table(domain, "_batches")
            ) -%}
        {%- endfor -%}
        {%- set until = run_query(
            "select cast(coalesce(max(landed_at), timestamp '1970-01-01')"
            ~ " as string) from (" ~ landed | join(" union all ") ~ ")"
        ).rows[0][0] -%}
        alter table {{ this }} set tblproperties (
            'sesame.fingerprint' = '{{ rollup_fingerprint() }}',
            'sesame.built_until' = '{{ until }}'
        )
    {%- endif -%}
{% endmacro %}

{% macro spark__built_until() %}
    {%- set properties = {} -%}
    {%- for row in run_query("show tblproperties " ~ this).rows -%}
        {%- do properties.update({row[0]: row[1]}) -%}
    {%- endfor -%}
    {%- if properties.get("sesame.fingerprint") == rollup_fingerprint() -%}
        {{ return(properties["sesame.built_until"]) }}
    {%- endif -%}
    {{ return(none) }}
{% endmacro %}

{% macro spark__raw_table(domain, table) -%}
    {{ return(api.Relation.create(
        schema="raw_" ~ domain, identifier=table
    )) }}
{%- endmacro %}

{# dbt-spark's, with the month by which a rollup is partitioned; the hint gives each month a file
   or more of a good size. #}
{% macro spark__create_table_as(temporary, relation, compiled_code, language='sql') %}
    {%- set code = compiled_code -%}
    {%- if "rollup" in config.get("tags", []) -%}
        {%- set code -%}
            select
                /*+ rebalance(event_month) */
                *
            from (
                select *, {{ month_start("event_date") }} as event_month
                from (
                    {{ compiled_code }}
                )
            )
        {%- endset -%}
    {%- endif -%}
    {{ dbt.spark__create_table_as(temporary, relation, code, language) }}
{% endmacro %}
