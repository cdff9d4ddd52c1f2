-- Protects contributions and int_banned_attributes: no score holds a point of
-- an attribute that the subject's country bans, or that any country bans where
-- the subject's is no code of one. Of the champion this asks what readers see,
-- whichever path a later change may add. Of each version in service it asks
-- that the ban is there; attribute_points_lose_no_value has the rest, that what
-- is banned weighs nothing.

with

subjects as (
    select * from {{ ref('int_measured_subjects') }}
),

banned_attributes as (
    select
        attribute_name,
        banned_in
    from {{ ref('attributes') }}
    where banned_in is not null
),

forbidden as (
    select
        subjects.subject_id,
        subjects.as_of_date,
        banned_attributes.attribute_name
    from subjects
    cross join banned_attributes
    where
        coalesce(
            length(subjects.country) <> 2
            or substr(subjects.country, 1, 1) not between 'A' and 'Z'
            or substr(subjects.country, 2, 1) not between 'A' and 'Z'
            or banned_attributes.banned_in
            like concat('%', subjects.country, '%'),
            true
        )
)

select
    contributions.subject_id,
    contributions.as_of_date,
    contributions.score_version,
    contributions.item as attribute_name
from {{ ref('contributions') }} as contributions
inner join forbidden
    on
        {{ same_score('forbidden', 'contributions') }}
        and contributions.item = forbidden.attribute_name
union all
select
    forbidden.subject_id,
    forbidden.as_of_date,
    cards.score_version,
    forbidden.attribute_name
from forbidden
inner join {{ ref('int_cards') }} as cards
    on forbidden.attribute_name = cards.attribute_name
left join {{ ref('int_banned_attributes') }} as bans
    on
        {{ same_score('bans', 'forbidden') }}
        and cards.score_version = bans.score_version
        and cards.attribute_name = bans.attribute_name
where bans.subject_id is null
