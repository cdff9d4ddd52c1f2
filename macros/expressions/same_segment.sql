{# Join condition of two relations of one row per definition of default, score version and segment. #}
{% macro same_segment(one, other) -%}
    {{ one }}.definition = {{ other }}.definition
            and {{ one }}.score_version = {{ other }}.score_version
            and {{ one }}.segment_type = {{ other }}.segment_type
            and {{ one }}.segment = {{ other }}.segment
{%- endmacro %}
