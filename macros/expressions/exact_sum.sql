{# The sum of decimal expressions in one row. Cast at every step: on Spark a chain of sums widens
   until digits behind the point are given up; on DuckDB the casts change nothing. #}
{% macro exact_sum(terms, precision, scale) -%}
    {%- set sums = namespace(text='cast(0 as decimal(' ~ precision ~ ', ' ~ scale ~ '))') -%}
    {%- for term in terms -%}
        {%- set sums.text = 'cast(' ~ sums.text ~ ' + ' ~ term
            ~ ' as decimal(' ~ precision ~ ', ' ~ scale ~ '))' -%}
    {%- endfor -%}
    {{ return(sums.text) }}
{%- endmacro %}
