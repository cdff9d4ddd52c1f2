-- grain: one row per measured subject, as-of date and version with a bin for what is missing
{%- for kind in ['consumer', 'business'] %}
{%- for factor in factor_names().split() %}
-- depends_on: {{ ref(kind ~ '_' ~ factor) }}
{%- endfor %}
{%- endfor %}
-- depends_on: {{ ref('int_banned_attributes') }}
-- depends_on: {{ ref('int_expected_products') }}

with

missing_sums as (
    {{ factor_sums(factor_names().split(), ['missing']) }}
)

select * from missing_sums
