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

worded as (
    select distinct
        attribute_name,
        concat(
            ' ', translate(lower(said), '_-,.;:/()', '         '), ' '
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
)

select
    cards.score_version,
    cards.attribute_name,
    signed.forbidden_input,
    forbidden_inputs.countries
from cards
inner join signed
    on cards.attribute_name = signed.attribute_name
inner join forbidden_inputs
    on signed.forbidden_input = forbidden_inputs.forbidden_input
where
    forbidden_inputs.countries = '*'
    or cards.banned_in is null
    or concat(' ', cards.banned_in, ' ')
    not like concat('% ', forbidden_inputs.countries, ' %')
