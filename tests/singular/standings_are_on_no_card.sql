-- Protects int_cards: the standing of ties and owners is made with the card of
-- the champion. On a card it would change with the next promotion, so that a
-- score of this version could not be made again, and no row of it would differ.

select
    score_version,
    attribute_name
from {{ ref('int_cards') }}
where attribute_name in ('ties_standing_mean', 'firm_owner_standing_mean')
