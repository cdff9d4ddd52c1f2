-- grain: one row per score version and as-of date
{#
    What is compared with what. Everyone at an official date is one population, and each date is
    compared with the first; those scored for an application or a panel are another, month by month.
#}

with

scored_subjects as (
    select * from {{ ref('int_scored_subjects') }}
),

official_dates as (
    select * from {{ ref('int_as_of_dates') }}
),

versions as (
    select * from {{ ref('int_score_versions') }}
),

origins as (
    select * from {{ ref('version_origins') }}
),

rules as (
    select * from {{ ref('monitoring_rules') }}
),

dates as (
    select distinct as_of_date
    from scored_subjects
),

periods as (
    select
        dates.as_of_date,
        case
            when official_dates.as_of_date is null then 'applications'
            else 'official'
        end as population,
        case
            when official_dates.as_of_date is null
                then {{ month_start('dates.as_of_date') }}
            else dates.as_of_date
        end as period_date
    from dates
    left join official_dates
        on dates.as_of_date = official_dates.as_of_date
),

with_first as (
    select
        versions.score_version,
        periods.*,
        coalesce(
            periods.population = 'applications'
            and periods.as_of_date between
            origins.first_as_of and origins.last_as_of,
            false
        ) as is_development,
        min(periods.period_date) over (
            partition by versions.score_version, periods.population
        ) as first_period_date,
        max(periods.period_date) over (
            partition by versions.score_version, periods.population
        ) as last_period_date
    from periods
    cross join versions
    left join origins on versions.score_version = origins.score_version
),

with_development as (
    select
        *,
        max(case when is_development then 1 else 0 end) over (
            partition by score_version, population
        ) = 1 as has_development
    from with_first
),

-- The development sample where its dates are here; else the first months.
monitored_dates as (
    select
        with_development.score_version,
        with_development.as_of_date,
        with_development.population,
        with_development.period_date,
        case
            when with_development.population = 'official'
                then
                    with_development.period_date
                    = with_development.first_period_date
            when with_development.has_development
                then with_development.is_development
            else
                with_development.period_date < {{ add_months(
                    'with_development.first_period_date',
                    'rules.reference_months'
                ) }}
        end as is_reference,
        with_development.period_date
        = with_development.last_period_date as is_latest
    from with_development
    cross join rules
)

select * from monitored_dates
