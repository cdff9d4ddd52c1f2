-- Protects int_attribute_points: every observed value of an attribute on the
-- card has points, every other only by a bin of its state. A gap between bins
-- would otherwise drop the row.

select
    attribute_values.subject_id,
    attribute_values.as_of_date,
    attribute_values.attribute_name,
    versions.score_version
from {{ ref('int_attribute_values') }} as attribute_values
cross join {{ ref('int_score_versions') }} as versions
inner join {{ ref('attribute_weights') }} as attribute_weights
    on
        versions.score_version = attribute_weights.score_version
        and attribute_values.attribute_name = attribute_weights.attribute_name
inner join {{ ref('attributes') }} as attributes
    on attribute_values.attribute_name = attributes.attribute_name
left join {{ ref('int_attribute_points') }} as attribute_points
    on
        attribute_values.subject_id = attribute_points.subject_id
        and attribute_values.as_of_date = attribute_points.as_of_date
        and attribute_values.attribute_name = attribute_points.attribute_name
        and versions.score_version = attribute_points.score_version
where
    attributes.banned_in is null
    and (
        attribute_points.subject_id is null
        or (
            attribute_values.value_state = 'observed'
            and attribute_points.points is null
        )
        or (
            attribute_values.value_state
            in ('structurally_absent', 'not_consented')
            and attribute_points.points is not null
        )
    )
