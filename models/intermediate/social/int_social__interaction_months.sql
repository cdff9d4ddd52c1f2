-- grain: one row per subject, partner, month and date known

{%- set changes = [
    {'domain': 'social', 'table': 'interactions',
        'event_at': 'month_at', 'key': 'from_subject_id', 'by_month': true},
    {'domain': 'social', 'table': 'interactions',
        'event_at': 'month_at', 'key': 'to_subject_id', 'by_month': true},
] %}

{{ rollup(changes) }}

with

interactions as (
    select * from {{ ref('stg_social__interactions') }}
    where
        messages + transfers > 0
        and from_subject_id <> to_subject_id
),

-- each interaction is one of both of its ends
ends as (
    select
        from_subject_id as subject_id,
        to_subject_id as partner_subject_id,
        transfers,
        month_at,
        known_at
    from interactions
    union all
    select
        to_subject_id as subject_id,
        from_subject_id as partner_subject_id,
        transfers,
        month_at,
        known_at
    from interactions
),

months as (
    select
        subject_id,
        partner_subject_id,
        {{ month_start('month_at') }} as event_date,
        cast(known_at as date) as known_date,
        count(*) as interactions_count,
        sum(transfers) as transfers_count
    from ends
    where {{ in_changed_days(changes, 'month_at', by_month=true) }}
    group by
        subject_id,
        partner_subject_id,
        {{ month_start('month_at') }},
        cast(known_at as date)
)

select * from months
