{#
    How far each rollup has come, in a table beside them: one row per rollup with
        rollup: its name
        fingerprint: of the project's files that it is built from; another one means a full build
        built_until: when the last batch that it holds was landed
#}
{% macro rollup_states() -%}
    {{ return(api.Relation.create(
        database='warehouse', schema='intermediate', identifier='_rollup_states'
    )) }}
{%- endmacro %}

{# Before anything runs. #}
{% macro make_rollup_states() %}
    {{ return(adapter.dispatch('make_rollup_states', 'sesame')()) }}
{% endmacro %}

{% macro duckdb__make_rollup_states() %}
    {%- if execute -%}
        create schema if not exists warehouse.intermediate;
        create table if not exists {{ rollup_states() }} (
            rollup varchar not null,
            fingerprint varchar not null,
            built_until timestamp not null
        )
    {%- endif -%}
{% endmacro %}

{# In the transaction that built the rollup. #}
{% macro remember_rollup() %}
    {{ return(adapter.dispatch('remember_rollup', 'sesame')()) }}
{% endmacro %}

{% macro duckdb__remember_rollup() %}
    delete from {{ rollup_states() }} where rollup = '{{ this.identifier }}';
    insert into {{ rollup_states() }}
    select
        '{{ this.identifier }}',
        '{{ rollup_fingerprint() }}',
        coalesce(max(landed_at), cast('1970-01-01' as timestamp))
    from (
        {%- for domain in config.get('meta').changes | map(attribute='domain') | unique %}
        select landed_at from {{ raw_table(domain, '_batches') }}
        {{ 'union all' if not loop.last }}
        {%- endfor %}
    ) as batches
{% endmacro %}

{# Whether a rollup is built by replacing changed days. In a unit test there is no `this`. #}
{% macro is_increment() %}
    {{ return(this and is_incremental()) }}
{% endmacro %}

{# dbt's own, and for a rollup also where it is not known to come from the project's present files. #}
{% macro should_full_refresh() %}
    {%- set asked = config.get('full_refresh') -%}
    {%- if asked is none -%}
        {%- set asked = flags.FULL_REFRESH -%}
    {%- endif -%}
    {%- set is_rollup = 'changes' in config.get('meta', {}) -%}
    {{ return(asked or (is_rollup and built_until() is none)) }}
{% endmacro %}

{# When the last batch in the rollup was landed; none where it must be built whole. #}
{% macro built_until() %}
    {{ return(adapter.dispatch('built_until', 'sesame')()) }}
{% endmacro %}

{% macro duckdb__built_until() %}
    {%- set states = run_query(
        "select built_until from " ~ rollup_states()
        ~ " where rollup = '" ~ this.identifier
        ~ "' and fingerprint = '" ~ rollup_fingerprint() ~ "'"
    ) -%}
    {{ return(states.rows[0][0] if states.rows else none) }}
{% endmacro %}

{# Changes with any model or seed that the rollup is built from, and with the currencies and
   jurisdictions in them. A changed macro does not change it: that needs `--full-refresh`. #}
{% macro rollup_fingerprint() %}
    {%- set waiting = [model.unique_id] -%}
    {%- set checksums = [] -%}
    {%- for _ in range(graph.nodes | length) if waiting -%}
        {%- set node = graph.nodes.get(waiting.pop()) -%}
        {%- if node and node.checksum.checksum not in checksums -%}
            {%- do checksums.append(node.checksum.checksum) -%}
            {%- do waiting.extend(node.depends_on.nodes) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(local_md5(checksums | sort | join(' '))) }}
{% endmacro %}
