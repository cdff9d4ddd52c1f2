-- grain: one row per measured subject, as-of date and attribute of its own

{{ config(materialized='view') }}

{%- set marts = [
    'consumer_credit_history',
    'consumer_behaviour_preference',
    'consumer_fulfilment_capacity',
    'consumer_personal_characteristics',
    'business_credit_history',
    'business_behaviour_preference',
    'business_fulfilment_capacity',
    'business_personal_characteristics',
] %}

with

unpivoted as (
    {%- for mart in marts %}
    {{ unpivot_attributes(ref(mart), mart) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select * from unpivoted
