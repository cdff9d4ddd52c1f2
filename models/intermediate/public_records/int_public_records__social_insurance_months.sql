-- grain: one row per contribution

{{ config(materialized='view') }}

with

contributions as (
    select * from {{ ref('stg_public_records__social_insurance_months') }}
),

months as (
    select
        subject_id,
        {{ month_start('covered_at') }} as event_date,
        cast(known_at as date) as known_date
    from contributions
)

select * from months
