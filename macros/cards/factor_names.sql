{# The five factors, as in seeds/factors.csv, each of which has a mart per kind of subject; to be split
   at blanks (text, because sqlfluff sees macros return nothing else). #}
{% macro factor_names() -%}
    {{ own_factor_names() }} interpersonal_relationships
{%- endmacro %}

{# The four that speak of the subject itself. #}
{% macro own_factor_names() -%}
    credit_history behaviour_preference fulfilment_capacity personal_characteristics
{%- endmacro %}
