-- grain: one row per scored subject, as-of date and score version
-- depends_on: {{ ref('consumer_interpersonal_relationships') }}
-- depends_on: {{ ref('business_interpersonal_relationships') }}
-- depends_on: {{ ref('int_banned_attributes') }}

with

relationship_sums as (
    {{ factor_sums(['interpersonal_relationships'], ['observed']) }}
)

select * from relationship_sums
