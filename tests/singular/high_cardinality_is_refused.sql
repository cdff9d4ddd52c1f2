-- Protects int_card_bins: a category with points of its own is a level that
-- many share. An attribute with a category per shop, postcode or person would
-- encode the outcomes of its few holders as points, and look splendid in
-- training.

with

category_bins as (
    select
        score_version,
        attribute_name,
        category
    from {{ ref('int_card_bins') }}
    where category is not null
),

limits as (
    select * from {{ ref('card_limits') }}
),

origins as (
    select * from {{ ref('version_origins') }}
),

counted as (
    select
        score_version,
        attribute_name,
        count(*) as category_count,
        max(length(category)) as longest,
        max(
            length(category)
            - length(translate(category, '0123456789', ''))
        ) as most_digits
    from category_bins
    group by score_version, attribute_name
)

select
    counted.score_version,
    counted.attribute_name,
    counted.category_count
from counted
inner join origins
    on counted.score_version = origins.score_version
cross join limits
where
    counted.category_count > limits.maximum_category_count
    or counted.longest > limits.maximum_category_length
    or counted.most_digits > limits.maximum_category_digits
    -- null for an expert card, which was fitted to nobody
    or origins.train_default_count
    < counted.category_count * limits.minimum_defaults_per_category
