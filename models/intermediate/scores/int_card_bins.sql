-- grain: one row per score version in service, attribute of its card and bin

with

cards as (
    select * from {{ ref('int_cards') }}
),

bins as (
    select * from {{ ref('bins') }}
),

named as (
    select
        score_version,
        attribute_name,
        array_sort(array_agg(category)) as named_categories
    from bins
    where category is not null
    group by score_version, attribute_name
),

card_bins as (
    select
        bins.*,
        named.named_categories
    from cards
    inner join bins
        on
            cards.score_version = bins.score_version
            and cards.attribute_name = bins.attribute_name
    left join named
        on
            cards.score_version = named.score_version
            and cards.attribute_name = named.attribute_name
)

select * from card_bins
