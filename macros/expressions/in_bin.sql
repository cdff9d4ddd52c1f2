{# Join condition of values and bins: the bin that the value of this attribute and state falls into.
   A lower bound belongs to its bin, an upper one to the next; a category falls into the bin that
   names it, or into the one for all that no bin names. The absent and the not consented find none, so
   that they stay neutral; a missing value finds one where the card has it. #}
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
            and (
                {{ bins }}.named_categories is null
                or {{ values }}.category = {{ bins }}.category
                or (
                    {{ bins }}.category is null
                    and (
                        {{ values }}.category is null
                        or not array_contains(
                            {{ bins }}.named_categories, {{ values }}.category
                        )
                    )
                )
            )
{%- endmacro %}
