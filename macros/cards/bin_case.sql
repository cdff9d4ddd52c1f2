{# What an attribute's bin says (`points` or `label`), as an expression over a row of `mart`
   (card_points); null for a value without points. The same bin as in_bin finds: that bins leave no gap and do not
   overlap (bins_cover_every_value) is what makes the upper bounds enough.
   states: which of observed and missing are asked for. #}
{% macro bin_case(attribute, says, states) -%}
    {%- set missing = attribute.bins
        | selectattr('state', 'equalto', 'missing') | list -%}
    {%- set observed = attribute.bins
        | selectattr('state', 'equalto', 'observed') | list -%}
    {%- set named = observed | selectattr('category') | list -%}
    {%- set open_bins = observed | rejectattr('category') | list -%}
    {%- set value = 'mart.' ~ attribute.name -%}
    case
        {%- if 'missing' in states and missing %}
        when
            {{ value }} is null
            and expected.expected_products & {{ attribute.product_bit }} <> 0
            then {{ bin_says(missing[0], says) }}
        {%- endif %}
        when {{ value }} is null then null
        {%- if 'observed' in states %}
        {%- for bin in named %}
        when {{ value }} = {{ text_literal(bin.category) }}
            then {{ bin_says(bin, says) }}
        {%- endfor %}
        {%- for bin in open_bins %}
        when {{ value ~ ' < ' ~ bin.upper if bin.upper is not none else 'true' }}
            then {{ bin_says(bin, says) }}
        {%- endfor %}
        {%- endif %}
    end
{%- endmacro %}

{% macro bin_says(bin, says) -%}
    {%- if says == 'points' -%}
        cast({{ bin.points }} as decimal(9, 4))
    {%- else -%}
        {{ text_literal(bin.label) }}
    {%- endif -%}
{%- endmacro %}

{# Whether the card has a bin for a value of the attribute that is missing. #}
{% macro asks_for_missing(attribute) -%}
    {{ return(
        attribute.bins
        | selectattr('state', 'equalto', 'missing') | list | length > 0
    ) }}
{%- endmacro %}
