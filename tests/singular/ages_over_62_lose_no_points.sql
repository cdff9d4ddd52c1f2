-- Protects seed bins: no card gives a person who is 62 or older fewer points for
-- that age than its best bin (Regulation B, 12 CFR 1002.6(b)(2)). Today no
-- attribute is an age, which test_nobodys_age_is_measured sees to; one that
-- became one would be called person_age_years, and without this test a card
-- fitted to it might take points from the old.

with

ages as (
    select
        bins.score_version,
        bins.attribute_name,
        bins.bin_label,
        bins.upper_bound,
        bins.points,
        max(bins.points) over (
            partition by bins.score_version, bins.attribute_name
        ) as best_points
    from {{ ref('bins') }} as bins
    inner join {{ ref('attributes') }} as attributes
        on bins.attribute_name = attributes.attribute_name
    where
        attributes.attribute_name = 'person_age_years'
        and bins.value_state = 'observed'
)

select *
from ages
where (upper_bound is null or upper_bound > 62) and points < best_points
