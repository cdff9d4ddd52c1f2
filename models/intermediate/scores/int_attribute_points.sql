-- grain: one row per subject, as-of date, score version and attribute with points

{{ config(materialized='view') }}

with

attribute_points as (
    select * from {{ ref('int_own_points') }}
    union all
    select * from {{ ref('int_other_points') }}
)

select * from attribute_points
