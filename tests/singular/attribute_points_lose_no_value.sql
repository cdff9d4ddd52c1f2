-- Protects int_attribute_points: every observed value of an attribute on the
-- card has points, and once. A gap between bins would otherwise drop values,
-- an overlap count them twice, and the score would not say so. Counts do: a
-- row for a row, where every value has at most one bin (bins_cover_every_value).
-- Values of those whose country bans the attribute are the ones that have none.

with

observed_values as (
    select
        attribute_name,
        count(*) as values_count
    from {{ ref('int_attribute_values') }}
    -- said by the values and not by their state, which is dearer to ask for
    where value is not null or category is not null
    group by attribute_name
),

observed_points as (
    select
        score_version,
        attribute_name,
        count(*) as points_count
    from {{ ref('int_attribute_points') }}
    where value_state = 'observed'
    group by score_version, attribute_name
),

banned_values as (
    select
        banned.score_version,
        banned.attribute_name,
        count(*) as values_count
    from {{ ref('int_banned_attributes') }} as banned
    inner join {{ ref('int_attribute_values') }} as attribute_values
        on
            {{ same_score('banned', 'attribute_values') }}
            and banned.attribute_name = attribute_values.attribute_name
    where
        attribute_values.value is not null
        or attribute_values.category is not null
    group by banned.score_version, banned.attribute_name
)

select
    cards.score_version,
    cards.attribute_name,
    observed_values.values_count,
    observed_points.points_count
from {{ ref('int_cards') }} as cards
inner join observed_values
    on cards.attribute_name = observed_values.attribute_name
left join observed_points
    on
        cards.score_version = observed_points.score_version
        and cards.attribute_name = observed_points.attribute_name
left join banned_values
    on
        cards.score_version = banned_values.score_version
        and cards.attribute_name = banned_values.attribute_name
where
    observed_values.values_count
    <> coalesce(observed_points.points_count, 0)
    + coalesce(banned_values.values_count, 0)
