{#
    A relation with a row per measured subject, as-of date and version in service whose card has a bin
    of these states for these factors: the evidence weight and the weighted points of each factor,
    `<factor>_evidence_weight` and `<factor>_weighted_points`, both exact, zero where nothing is known.

    The refs stand in the model, which calls this, for dbt to see (`depends_on`).
#}
{% macro factor_sums(factors, states) -%}
    {%- set selects = [] -%}
    {%- for card in cards_of(card_attributes()) -%}
        {%- for kind in ['consumer', 'business'] -%}
            {%- set attributes = [] -%}
            {%- for attribute in card
                if attribute.kind == kind and attribute.factor in factors
                and attribute.bins | selectattr('state', 'in', states) | list -%}
                {%- do attributes.append(attribute) -%}
            {%- endfor -%}
            {%- if attributes -%}
                {%- do selects.append(sums_of_kind(attributes, factors, states)) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ selects | join('\n    union all\n') }}
    {%- if not selects %}
    select
        cast(null as string) as subject_id,
        cast(null as date) as as_of_date,
        {%- for factor in factors %}
        cast(null as decimal(18, 4)) as {{ factor }}_evidence_weight,
        cast(null as decimal(18, 8)) as {{ factor }}_weighted_points,
        {%- endfor %}
        cast(null as string) as score_version
    where 1 = 0
    {%- endif %}
{%- endmacro %}

{% macro sums_of_kind(attributes, factors, states) -%}
    {%- set marts = attributes | groupby('factor') %}
    select
        {{ marts[0][0] }}.subject_id,
        {{ marts[0][0] }}.as_of_date,
        {%- for factor in factors %}
        {%- set weights = [] -%}
        {%- set products = [] -%}
        {%- for attribute in attributes if attribute.factor == factor -%}
            {%- set points = factor ~ '.' ~ attribute.name ~ '_points' -%}
            {%- set weight = 'cast(' ~ attribute.weight ~ ' as decimal(9, 4))' -%}
            {%- do weights.append(
                'case when ' ~ points ~ ' is not null then ' ~ weight ~ ' else 0 end'
            ) -%}
            {%- do products.append('coalesce(' ~ weight ~ ' * ' ~ points ~ ', 0)') -%}
        {%- endfor %}
        {{ exact_sum(weights, 18, 4) }} as {{ factor }}_evidence_weight,
        {{ exact_sum(products, 18, 8) }} as {{ factor }}_weighted_points,
        {%- endfor %}
        {{ text_literal(attributes[0].version) }} as score_version
    from ({{ card_points(marts[0][1], states) }}) as {{ marts[0][0] }}
    {%- for factor, of_factor in marts[1:] %}
    inner join ({{ card_points(of_factor, states) }}) as {{ factor }}
        on {{ same_score(factor, marts[0][0]) }}
    {%- endfor %}
{%- endmacro %}
