-- grain: one row per measured subject, as-of date and score version
{#
    Of what is observed. They come before relationships, for which they are the standing of ties and
    owners.
#}
{%- for kind in ['consumer', 'business'] %}
{%- for factor in own_factor_names().split() %}
-- depends_on: {{ ref(kind ~ '_' ~ factor) }}
{%- endfor %}
{%- endfor %}
-- depends_on: {{ ref('int_banned_attributes') }}

with

own_sums as (
    {{ factor_sums(own_factor_names().split(), ['observed']) }}
)

select * from own_sums
