-- Protects seed bins: the bins of a numeric attribute cover the line without a
-- gap or an overlap, a categorical one has exactly one bin for every other
-- category, and nothing else has bins. A value between two bins would have no
-- points, one in two bins would count twice.

with

attributes as (
    select * from {{ ref('attributes') }}
),

attribute_weights as (
    select * from {{ ref('attribute_weights') }}
),

observed_bins as (
    select
        bins.*,
        attributes.value_type,
        lag(bins.upper_bound) over (
            partition by bins.score_version, bins.attribute_name
            order by bins.bin_number
        ) as previous_upper_bound,
        row_number() over (
            partition by bins.score_version, bins.attribute_name
            order by bins.bin_number
        ) as position_up,
        row_number() over (
            partition by bins.score_version, bins.attribute_name
            order by bins.bin_number desc
        ) as position_down
    from {{ ref('bins') }} as bins
    inner join attributes
        on bins.attribute_name = attributes.attribute_name
    where bins.value_state = 'observed'
),

broken_bins as (
    select
        score_version,
        attribute_name
    from observed_bins
    where
        (
            value_type = 'numeric'
            and (
                category is not null
                or (lower_bound is null) <> (position_up = 1)
                or (upper_bound is null) <> (position_down = 1)
                or lower_bound >= upper_bound
                or lower_bound <> previous_upper_bound
            )
        )
        or (
            value_type = 'category'
            and (lower_bound is not null or upper_bound is not null)
        )
),

broken_categories as (
    select
        score_version,
        attribute_name
    from observed_bins
    where value_type = 'category'
    group by score_version, attribute_name
    having
        count(*) - count(category) <> 1
        or count(category) <> count(distinct category)
),

several_missing_bins as (
    select
        score_version,
        attribute_name
    from {{ ref('bins') }}
    where value_state = 'missing'
    group by score_version, attribute_name
    having count(*) > 1
),

without_bins as (
    select
        attribute_weights.score_version,
        attribute_weights.attribute_name
    from attribute_weights
    left join observed_bins
        on
            attribute_weights.score_version = observed_bins.score_version
            and attribute_weights.attribute_name = observed_bins.attribute_name
    where observed_bins.attribute_name is null
),

without_weight as (
    select
        observed_bins.score_version,
        observed_bins.attribute_name
    from observed_bins
    left join attribute_weights
        on
            observed_bins.score_version = attribute_weights.score_version
            and observed_bins.attribute_name = attribute_weights.attribute_name
    where
        attribute_weights.attribute_name is null
        or attribute_weights.evidence_weight <= 0
)

select * from broken_bins
union all
select * from broken_categories
union all
select * from several_missing_bins
union all
select * from without_bins
union all
select * from without_weight
