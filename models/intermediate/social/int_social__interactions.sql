-- grain: one row per end of a monthly total of a pair and direction

{{ config(materialized='view') }}

with

interactions as (
    select
        *,
        {{ month_start('month_at') }} as event_date,
        cast(known_at as date) as known_date
    from {{ ref('stg_social__interactions') }}
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
        event_date,
        known_date
    from interactions
    union all
    select
        to_subject_id as subject_id,
        from_subject_id as partner_subject_id,
        transfers,
        event_date,
        known_date
    from interactions
)

select * from ends
