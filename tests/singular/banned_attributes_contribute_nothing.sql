-- Protects contributions: no score holds a point of an attribute that the
-- subject's country bans. int_banned_attributes takes them out long before;
-- this asks what readers see, whichever path a later change may add.

with

banned_attributes as (
    select
        attribute_name,
        banned_in
    from {{ ref('attributes') }}
    where banned_in is not null
)

select
    contributions.subject_id,
    contributions.as_of_date,
    contributions.score_version,
    contributions.item
from {{ ref('contributions') }} as contributions
inner join banned_attributes
    on contributions.item = banned_attributes.attribute_name
inner join {{ ref('int_scored_subjects') }} as subjects
    on {{ same_score('subjects', 'contributions') }}
where
    concat(' ', banned_attributes.banned_in, ' ')
    like concat('% ', subjects.country, ' %')
