-- Protects seed bins: points move only in the direction that the catalogue
-- declares, so that within a profile improving an attribute never lowers a
-- score.

with

neighbours as (
    select
        bins.score_version,
        bins.attribute_name,
        attributes.direction,
        bins.points,
        lag(bins.points) over (
            partition by bins.score_version, bins.attribute_name
            order by bins.bin_number
        ) as previous_points
    from {{ ref('bins') }} as bins
    inner join {{ ref('attributes') }} as attributes
        on bins.attribute_name = attributes.attribute_name
    where bins.value_state = 'observed' and attributes.value_type = 'numeric'
)

select *
from neighbours
where
    (direction = 'higher_is_better' and points < previous_points)
    or (direction = 'lower_is_better' and points > previous_points)
