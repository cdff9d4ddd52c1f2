-- grain: one row per objection of a subject to an item

with

source as (
    select * from {{ source('consent', 'objections') }}
),

renamed as (
    select
        objection_id,
        subject_id,
        domain,
        table_name,
        item_key,
        outcome,
        raised_at,
        resolved_at,
        known_at
    from source
)

select * from renamed
