-- Protects int_card_bins: a category with points of its own is a level that
-- many share. An attribute with a category per shop, postcode or person would
-- encode the outcomes of its few holders as points, and look splendid in
-- training.

with

category_bins as (
    select
        score_version,
        attribute_name,
        category,
        train_count
    from {{ ref('int_card_bins') }}
    where category is not null
),

limits as (
    select * from {{ ref('card_limits') }}
),

counted as (
    select
        score_version,
        attribute_name,
        count(*) as category_count,
        -- null for an expert card, which was fitted to nobody
        min(train_count) as fewest,
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
cross join limits
where
    counted.category_count > limits.maximum_category_count
    or counted.longest > limits.maximum_category_length
    or counted.most_digits > limits.maximum_category_digits
    or counted.fewest < limits.minimum_outcomes_per_category
