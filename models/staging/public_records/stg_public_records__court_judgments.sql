-- grain: one row per judgment to pay

with

source as (
    select * from {{ source('public_records', 'court_judgments') }}
),

renamed as (
    select
        judgment_id,
        subject_id,
        currency,
        amount,
        judged_at,
        satisfied_at,
        known_at
    from source
)

select * from renamed
