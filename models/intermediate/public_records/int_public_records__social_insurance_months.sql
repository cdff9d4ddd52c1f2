-- grain: one row per subject, month covered and date known

{%- set changes = [
    {'domain': 'public_records', 'table': 'social_insurance_months',
        'event_at': 'covered_at', 'by_month': true},
] %}

{{ rollup(changes) }}

with

contributions as (
    select * from {{ ref('stg_public_records__social_insurance_months') }}
    where {{ in_changed_days(changes, 'covered_at', by_month=true) }}
),

months as (
    select
        subject_id,
        {{ month_start('covered_at') }} as event_date,
        cast(known_at as date) as known_date,
        count(*) as contributions_count
    from contributions
    group by
        subject_id,
        {{ month_start('covered_at') }},
        cast(known_at as date)
)

select * from months
