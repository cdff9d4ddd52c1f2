-- grain: one row per subject, month covered and date known

with

contributions as (
    select * from {{ ref('stg_public_records__social_insurance_months') }}
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
