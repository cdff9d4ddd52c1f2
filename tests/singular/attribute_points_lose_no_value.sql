-- Protects int_own_sums and int_relationship_sums: every observed value of an
-- attribute on a card has points, and once. A gap between bins would otherwise
-- drop values, an overlap count them twice, and the score would not say so. The
-- weights do: as much is in the sums as the values that are there weigh.

with

attribute_values as (
    select
        subject_id,
        as_of_date,
        attribute_name
    from {{ ref('int_own_values') }}
    where value is not null or category is not null
    union all
    select
        subject_id,
        as_of_date,
        attribute_name
    from {{ ref('int_relationship_values') }}
    where value is not null or category is not null
),

observed_values as (
    select
        attribute_name,
        count(*) as values_count
    from attribute_values
    group by attribute_name
),

-- Values of those whose country bans the attribute are the ones without points.
banned as (
    select
        banned_attributes.score_version,
        banned_attributes.attribute_name,
        count(*) as values_count
    from {{ ref('int_banned_attributes') }} as banned_attributes
    inner join attribute_values
        on
            {{ same_score('banned_attributes', 'attribute_values') }}
            and banned_attributes.attribute_name
            = attribute_values.attribute_name
    group by banned_attributes.score_version, banned_attributes.attribute_name
),

expected as (
    select
        cards.score_version,
        cards.factor,
        sum(
            cards.evidence_weight
            * (
                coalesce(observed_values.values_count, 0)
                - coalesce(banned.values_count, 0)
            )
        ) as total_weight
    from {{ ref('int_cards') }} as cards
    left join observed_values
        on cards.attribute_name = observed_values.attribute_name
    left join banned
        on
            cards.score_version = banned.score_version
            and cards.attribute_name = banned.attribute_name
    group by cards.score_version, cards.factor
),

factor_sums as (
    {%- for factor in factor_names().split() %}
    select
        score_version,
        '{{ factor }}' as factor,
        {{ factor }}_evidence_weight as evidence_weight
    from {{ ref(
        'int_own_sums' if factor in own_factor_names().split()
        else 'int_relationship_sums'
    ) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

found as (
    select
        score_version,
        factor,
        sum(evidence_weight) as total_weight
    from factor_sums
    group by score_version, factor
)

select
    expected.score_version,
    expected.factor,
    expected.total_weight as expected_weight,
    found.total_weight as found_weight
from expected
left join found
    on
        expected.score_version = found.score_version
        and expected.factor = found.factor
where expected.total_weight <> coalesce(found.total_weight, 0)
