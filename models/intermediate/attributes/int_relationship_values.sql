-- grain: one row per scored subject, as-of date and attribute of relationships

{{ config(materialized='view') }}

{%- set marts = [
    'consumer_interpersonal_relationships',
    'business_interpersonal_relationships',
] %}

with

unpivoted as (
    {%- for mart in marts %}
    {{ unpivot_attributes(ref(mart), mart) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select * from unpivoted
