-- grain: one row per score version in service, attribute of its card and bin

with

cards as (
    select * from {{ ref('int_cards') }}
),

bins as (
    select * from {{ ref('bins') }}
),

card_bins as (
    select bins.*
    from cards
    inner join bins
        on
            cards.score_version = bins.score_version
            and cards.attribute_name = bins.attribute_name
)

select * from card_bins
