{# Join condition of values in their open bins and of the bins that name a category: the one of the
   same version that names the value's. #}
{% macro in_category(values, category_bins) -%}
    {{ values }}.score_version = {{ category_bins }}.score_version
            and {{ values }}.attribute_name = {{ category_bins }}.attribute_name
            and {{ values }}.value_state = {{ category_bins }}.value_state
            and {{ values }}.category = {{ category_bins }}.category
{%- endmacro %}
