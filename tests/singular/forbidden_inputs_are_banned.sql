-- Protects int_cards and int_banned_attributes: an attribute of a card in
-- service that uses what a jurisdiction forbids is banned there, and none uses
-- what is forbidden everywhere. Without it a score would rest on a person's
-- sex or illness because somebody delivered it as one more attribute.

with

cards as (
    select * from {{ ref('int_cards') }}
),

attributes as (
    select * from {{ ref('attributes') }}
),

card_bins as (
    select * from {{ ref('int_card_bins') }}
),

signs as (
    select * from {{ ref('input_signs') }}
),

forbidden_inputs as (
    select * from {{ ref('forbidden_inputs') }}
),

-- Sex reported as the category of an attribute with an innocent name is found
-- by its categories.
texts as (
    select
        attribute_name,
        attribute_name as said
    from cards
    union all
    select
        attributes.attribute_name,
        attributes.description as said
    from attributes
    inner join cards on attributes.attribute_name = cards.attribute_name
    union all
    select
        attribute_name,
        category as said
    from card_bins
    where category is not null
),

-- Whatever is neither letter nor digit parts words.
worded as (
    select distinct
        attribute_name,
        concat(
            ' ',
            translate(
                lower(said),
                translate(
                    lower(said), 'abcdefghijklmnopqrstuvwxyz0123456789', ''
                ),
                repeat(' ', length(said))
            ),
            ' '
        ) as words
    from texts
),

signed as (
    select distinct
        worded.attribute_name,
        signs.forbidden_input
    from worded
    inner join signs
        on
            signs.word is not null
            and worded.words like concat('% ', signs.word, ' %')
    union
    select
        attributes.attribute_name,
        signs.forbidden_input
    from attributes
    inner join signs
        on
            attributes.domain = signs.domain
            and attributes.subject_kind
            = coalesce(signs.subject_kind, attributes.subject_kind)
),

-- Any table of more rows than a law has countries gives their places.
places as (
    select row_number() over (order by attribute_name) as place
    from attributes
),

-- Codes are two letters, a blank apart.
countries as (
    select
        forbidden_inputs.forbidden_input,
        substr(forbidden_inputs.countries, 3 * places.place - 2, 2) as country
    from forbidden_inputs
    inner join places
        on 3 * places.place - 1 <= length(forbidden_inputs.countries)
    where forbidden_inputs.countries <> '*'
    union all
    select
        forbidden_input,
        countries as country
    from forbidden_inputs
    where countries = '*'
)

select distinct
    cards.score_version,
    cards.attribute_name,
    signed.forbidden_input,
    countries.country
from cards
inner join signed
    on cards.attribute_name = signed.attribute_name
inner join countries
    on signed.forbidden_input = countries.forbidden_input
where
    countries.country = '*'
    or cards.banned_in is null
    or concat(' ', cards.banned_in, ' ')
    not like concat('% ', countries.country, ' %')
