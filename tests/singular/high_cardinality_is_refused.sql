-- Protects int_card_bins: a bin with points of its own is a level that many
-- share. An attribute with a category per shop, postcode or person, or a bin per
-- value, would encode the outcomes of its few holders as points, and look
-- splendid in training. Retired versions, scored again because a build asks for
-- them, were judged in their day.

with

retired as (
    select score_version
    from {{ ref('score_versions') }}
    group by score_version
    having
        max(decision_number)
        = max(case when status = 'retired' then decision_number end)
),

card_bins as (
    select
        bins.score_version,
        bins.attribute_name,
        bins.category,
        bins.train_count,
        -- Kinds of subject with too few outcomes keep the bins of the version
        -- they come from; an expert card was fitted to nobody.
        bins.train_count is null
        and origins.learner <> 'expert'
        and base_bins.points is null as is_uncounted,
        -- Where nothing is said, nothing was learnt from anybody.
        bins.points <> 0
        and (
            bins.value_state = 'missing'
            or (bins.category is null and attributes.value_type = 'category')
        ) as is_open,
        bins.value_state = 'observed'
        and attributes.value_type = 'numeric' as is_range,
        -- Bins of the same points were merged, and share what they learnt.
        sum(bins.train_count) over (
            partition by
                bins.score_version, bins.attribute_name,
                bins.value_state, bins.points
        ) as alike_count
    from {{ ref('int_card_bins') }} as bins
    inner join {{ ref('attributes') }} as attributes
        on bins.attribute_name = attributes.attribute_name
    inner join {{ ref('version_origins') }} as origins
        on bins.score_version = origins.score_version
    left join {{ ref('bins') }} as base_bins
        on
            origins.base_version = base_bins.score_version
            and bins.attribute_name = base_bins.attribute_name
            and bins.bin_number = base_bins.bin_number
            and bins.points = base_bins.points
            and base_bins.train_count is null
    left join retired on bins.score_version = retired.score_version
    where retired.score_version is null
),

counted as (
    select
        score_version,
        attribute_name,
        count(category) as category_count,
        min(case when category is not null then train_count end) as fewest,
        -- Of no outcome at all the points were learnt from nobody.
        min(case when is_open and train_count > 0 then alike_count end)
            as fewest_open,
        sum(case when is_range then 1 else 0 end) as range_count,
        sum(case when is_range then train_count end)
        - max(case when is_range then train_count end) as beside_largest,
        max(case when is_uncounted then 1 else 0 end) as uncounted,
        max(length(category)) as longest,
        max(
            length(category)
            - length(translate(category, '0123456789', ''))
        ) as most_digits
    from card_bins
    group by score_version, attribute_name
)

select
    counted.score_version,
    counted.attribute_name,
    counted.category_count,
    counted.range_count
from counted
cross join {{ ref('card_limits') }} as limits
where
    counted.category_count > limits.maximum_category_count
    or counted.longest > limits.maximum_category_length
    or counted.most_digits > limits.maximum_category_digits
    or counted.fewest < limits.minimum_outcomes_per_category
    or counted.fewest_open < limits.minimum_outcomes_per_category
    or counted.uncounted = 1
    -- Beside the largest bin, which most of those without the habit share, the
    -- others hold as many each, in the mean.
    or counted.beside_largest
    < limits.minimum_outcomes_per_category * (counted.range_count - 1)
