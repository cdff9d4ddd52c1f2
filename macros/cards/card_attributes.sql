{#
    The cards in service as they lie in the warehouse, asked before a model is compiled: a list with
    an entry per version and attribute, with its bins in the order in which they are tried.

    What is generated from it (a `case` per attribute) holds these numbers and no other, and takes a
    fifth of the time of a join with the bins, which int_attribute_points still is
    (docs/decisions/0021). Empty where nothing is built yet. Unit tests put a card of their own in
    its place (`overrides`).
#}
{% macro card_attributes() -%}
    {%- set bins = ref('int_card_bins') -%}
    {%- set cards = ref('int_cards') -%}
    {%- set versions = ref('int_score_versions') -%}
    {%- set attributes = ref('attributes') -%}
    {%- set products = ref('int_expectable_products') -%}
    {%- set found = [] -%}
    {%- if execute and load_relation(bins) and load_relation(products) -%}
        {%- set rows = run_query(
            "select cards.score_version as score_version"
            ~ ", case when versions.is_champion then 'yes' else 'no' end"
            ~ " as champion"
            ~ ", cards.attribute_name as attribute_name"
            ~ ", attributes.subject_kind as subject_kind"
            ~ ", attributes.value_type as value_type"
            ~ ", cards.factor as factor"
            ~ ", cards.reason_code as reason_code"
            ~ ", cards.banned_in as banned_in"
            ~ ", cast(cards.evidence_weight as string) as weight"
            ~ ", cast(cards.best_points as string) as best_points"
            ~ ", cast(products.product_bit as string) as product_bit"
            ~ ", bins.value_state as value_state"
            ~ ", bins.category as category"
            ~ ", cast(bins.upper_bound as string) as upper_bound"
            ~ ", bins.bin_label as bin_label"
            ~ ", cast(bins.points as string) as points"
            ~ " from " ~ cards ~ " as cards"
            ~ " inner join " ~ versions ~ " as versions"
            ~ " on cards.score_version = versions.score_version"
            ~ " inner join " ~ attributes ~ " as attributes"
            ~ " on cards.attribute_name = attributes.attribute_name"
            ~ " inner join " ~ products ~ " as products"
            ~ " on attributes.domain = products.domain"
            ~ " and attributes.product = products.product"
            ~ " inner join " ~ bins ~ " as bins"
            ~ " on cards.score_version = bins.score_version"
            ~ " and cards.attribute_name = bins.attribute_name"
            ~ " order by cards.score_version, cards.attribute_name"
            ~ ", case when bins.upper_bound is null then 1 else 0 end"
            ~ ", bins.upper_bound, bins.bin_number"
        ).rows -%}
        {%- for row in rows -%}
            {%- if not found
                or found[-1].version != row['score_version']
                or found[-1].name != row['attribute_name'] -%}
                {%- do found.append({
                    'version': row['score_version'],
                    'is_champion': row['champion'] == 'yes',
                    'name': row['attribute_name'],
                    'is_category': row['value_type'] == 'category',
                    'kind': row['subject_kind'],
                    'factor': row['factor'],
                    'reason_code': row['reason_code'],
                    'is_banned_somewhere': row['banned_in'] is not none,
                    'weight': row['weight'],
                    'best_points': row['best_points'],
                    'product_bit': row['product_bit'],
                    'bins': [],
                }) -%}
            {%- endif -%}
            {%- do found[-1].bins.append({
                'state': row['value_state'],
                'category': row['category'],
                'upper': row['upper_bound'],
                'label': row['bin_label'],
                'points': row['points'],
            }) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(found) }}
{%- endmacro %}

{# A card's attributes of one mart. #}
{% macro attributes_of(card, kind, factor) -%}
    {{ return(
        card
        | selectattr('kind', 'equalto', kind)
        | selectattr('factor', 'equalto', factor)
        | list
    ) }}
{%- endmacro %}

{# The cards one by one: a list with a list of attributes per version. #}
{% macro cards_of(attributes) -%}
    {%- set cards = [] -%}
    {%- for version, card in attributes | groupby('version') -%}
        {%- do cards.append(card) -%}
    {%- endfor -%}
    {{ return(cards) }}
{%- endmacro %}
