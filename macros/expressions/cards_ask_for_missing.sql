{# Whether any card has a bin for missing values, asked of the seed before the model is compiled: why
   a value is not there takes longer to find out than all points together. #}
{% macro cards_ask_for_missing() -%}
    {%- set bins = ref('bins') -%}
    {%- if execute and load_relation(bins) -%}
        {%- set found = run_query(
            "select count(*) from " ~ bins
            ~ " where value_state = 'missing'"
        ) -%}
        {{ return(found.rows[0][0] > 0) }}
    {%- endif -%}
    {{ return(true) }}
{%- endmacro %}
