-- grain: one row per pair and month with messages or transfers

with

source as (
    select * from {{ source('social', 'interactions') }}
),

renamed as (
    select
        interaction_id,
        from_subject_id,
        to_subject_id,
        messages,
        transfers,
        month_at,
        known_at
    from source
)

select * from renamed
