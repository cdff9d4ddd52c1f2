-- grain: one row per subject, kind of negative, date of the event, date known
-- and date closed

with

judgments as (
    select
        subject_id,
        'court_judgment' as negative_kind,
        judged_at as happened_at,
        known_at,
        satisfied_at as closed_at
    from {{ ref('stg_public_records__court_judgments') }}
),

enforcement_cases as (
    select
        subject_id,
        'enforcement_case' as negative_kind,
        opened_at as happened_at,
        known_at,
        closed_at
    from {{ ref('stg_public_records__enforcement_cases') }}
),

tax_arrears as (
    select
        subject_id,
        'tax_arrears' as negative_kind,
        assessed_at as happened_at,
        known_at,
        cleared_at as closed_at
    from {{ ref('stg_public_records__tax_arrears') }}
),

-- a penalty is never closed: it leaves with the retention alone
penalties as (
    select
        subject_id,
        'administrative_penalty' as negative_kind,
        imposed_at as happened_at,
        known_at,
        cast(null as timestamp) as closed_at
    from {{ ref('stg_public_records__administrative_penalties') }}
),

negatives as (
    select * from judgments
    union all
    select * from enforcement_cases
    union all
    select * from tax_arrears
    union all
    select * from penalties
),

days as (
    select
        subject_id,
        negative_kind,
        cast(happened_at as date) as event_date,
        cast(known_at as date) as known_date,
        cast(closed_at as date) as closed_date,
        count(*) as negatives_count
    from negatives
    group by
        subject_id,
        negative_kind,
        cast(happened_at as date),
        cast(known_at as date),
        cast(closed_at as date)
)

select * from days
