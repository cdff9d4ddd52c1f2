-- grain: one row per organisation that may read scores

with

source as (
    select * from {{ source('partners', 'readers') }}
),

renamed as (
    select
        reader_id,
        kind,
        registered_at,
        known_at
    from source
)

select * from renamed
