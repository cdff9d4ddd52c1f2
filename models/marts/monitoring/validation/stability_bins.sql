-- grain: one row per score version, population, period, item and bin that any period has
{#
    How the score and each attribute of a card lie in a period beside their reference. A bin that
    nobody of a period falls into has a row all the same, so that a population that vanishes is seen.
#}

with

score_counts as (
    select * from {{ ref('score_counts') }}
),

attribute_states as (
    select * from {{ ref('attribute_states') }}
),

monitored_dates as (
    select * from {{ ref('monitored_dates') }}
),

parts as (
    select
        score_version,
        population,
        'score' as item,
        coalesce(cast(step_number as string), 'no score') as bin_label,
        subject_count,
        is_reference,
        period_date
    from score_counts
    union all
    select
        attribute_states.score_version,
        monitored_dates.population,
        attribute_states.attribute_name as item,
        attribute_states.bin_label,
        attribute_states.subject_count,
        monitored_dates.is_reference,
        monitored_dates.period_date
    from attribute_states
    inner join monitored_dates
        on
            attribute_states.score_version = monitored_dates.score_version
            and attribute_states.as_of_date = monitored_dates.as_of_date
),

in_periods as (
    select
        score_version,
        population,
        item,
        bin_label,
        sum(subject_count) as subject_count,
        period_date
    from parts
    group by score_version, population, item, bin_label, period_date
),

bins as (
    select
        score_version,
        population,
        item,
        bin_label,
        sum(case when is_reference then subject_count else 0 end)
            as reference_count
    from parts
    group by score_version, population, item, bin_label
    having sum(subject_count) > 0
),

-- A period of which any day is in the reference is no news: compared with
-- itself it cannot have moved, and with a pool that it is part of hardly.
periods as (
    select
        score_version,
        population,
        item,
        period_date,
        max(case when is_reference then 1 else 0 end) = 1 as is_reference
    from parts
    group by score_version, population, item, period_date
),

stability_bins as (
    select
        periods.score_version,
        periods.population,
        periods.item,
        bins.bin_label,
        cast(coalesce(in_periods.subject_count, 0) as bigint) as subject_count,
        cast(bins.reference_count as bigint) as reference_count,
        periods.is_reference,
        periods.period_date
    from periods
    inner join bins
        on
            periods.score_version = bins.score_version
            and periods.population = bins.population
            and periods.item = bins.item
    left join in_periods
        on
            periods.score_version = in_periods.score_version
            and periods.population = in_periods.population
            and periods.item = in_periods.item
            and bins.bin_label = in_periods.bin_label
            and periods.period_date = in_periods.period_date
)

select * from stability_bins
