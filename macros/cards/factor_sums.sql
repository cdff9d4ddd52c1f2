{#
    A relation with a row per row of the marts of these factors, version in service and factor of
    which anything is known: its evidence weight and its weighted points, both exact.

    The refs stand in the model, which calls this, for dbt to see (`depends_on`).
#}
{% macro factor_sums(factors, states) -%}
    {%- set selects = [] -%}
    {%- for card in cards_of(card_attributes()) -%}
        {%- for kind in ['consumer', 'business'] -%}
            {%- for factor in factors -%}
                {%- set attributes = [] -%}
                {%- for attribute in attributes_of(card, kind, factor)
                    if attribute.bins | selectattr('state', 'in', states) | list -%}
                    {%- do attributes.append(attribute) -%}
                {%- endfor -%}
                {%- if attributes -%}
                    {%- do selects.append(sums_of_mart(attributes, states)) -%}
                {%- endif -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ selects | join('\n    union all\n') }}
    {%- if not selects %}
    select
        cast(null as string) as subject_id,
        cast(null as date) as as_of_date,
        cast(null as string) as score_version,
        cast(null as string) as factor,
        cast(null as decimal(18, 4)) as evidence_weight,
        cast(null as decimal(18, 8)) as weighted_points
    where 1 = 0
    {%- endif %}
{%- endmacro %}

{% macro sums_of_mart(attributes, states) -%}
    {%- set weights = [] -%}
    {%- set products = [] -%}
    {%- for attribute in attributes -%}
        {%- set weight = 'cast(' ~ attribute.weight ~ ' as decimal(9, 4))' -%}
        {%- do weights.append(
            'case when ' ~ attribute.name ~ '_points is not null then '
            ~ weight ~ ' else 0 end'
        ) -%}
        {%- do products.append(
            'coalesce(' ~ weight ~ ' * ' ~ attribute.name ~ '_points, 0)'
        ) -%}
    {%- endfor %}
    select
        subject_id,
        as_of_date,
        {{ text_literal(attributes[0].version) }} as score_version,
        '{{ attributes[0].factor }}' as factor,
        {{ exact_sum(weights, 18, 4) }} as evidence_weight,
        {{ exact_sum(products, 18, 8) }} as weighted_points
    from ({{ card_points(attributes, states) }}) as points
    where {% for attribute in attributes -%}
        {{ attribute.name }}_points is not null
        {{- ' or ' if not loop.last }}
    {%- endfor %}
{%- endmacro %}
