{# Join condition of values and bins: the bin that the value of this attribute and state falls into.
   A lower bound belongs to its bin, an upper one to the next. The absent and the not consented find
   none, so that they stay neutral; a missing value finds one where the card has it. #}
{% macro in_bin(values, bins) -%}
    {{ values }}.attribute_name = {{ bins }}.attribute_name
            and {{ values }}.value_state = {{ bins }}.value_state
            and (
                {{ bins }}.lower_bound is null
                or {{ values }}.value >= {{ bins }}.lower_bound
            )
            and (
                {{ bins }}.upper_bound is null
                or {{ values }}.value < {{ bins }}.upper_bound
            )
{%- endmacro %}
