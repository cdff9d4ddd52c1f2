-- grain: one row per score version, population, period and item: the score or an attribute of the card
{#
    Population stability index (of an attribute it is called characteristic stability index): the sum
    over bins of (share - reference share) * ln(share / reference share), with every count raised by
    the seed's smoothing so that no bin is empty.
#}
{%- set keys =
    'score_version, population, item, is_reference, period_date' %}

with

stability_bins as (
    select * from {{ ref('stability_bins') }}
),

rules as (
    select * from {{ ref('monitoring_rules') }}
),

with_totals as (
    select
        *,
        sum(subject_count) over (partition by {{ keys }}) as total_count,
        sum(reference_count) over (partition by {{ keys }})
            as reference_total_count,
        count(*) over (partition by {{ keys }}) as bin_count
    from stability_bins
),

shares as (
    select
        with_totals.*,
        cast(with_totals.subject_count + rules.smoothing_count as double)
        / cast(
            with_totals.total_count
            + rules.smoothing_count * with_totals.bin_count as double
        ) as bin_ratio,
        cast(with_totals.reference_count + rules.smoothing_count as double)
        / cast(
            with_totals.reference_total_count
            + rules.smoothing_count * with_totals.bin_count as double
        ) as reference_bin_ratio
    from with_totals
    cross join rules
),

indices as (
    select
        {{ keys }},
        total_count,
        reference_total_count,
        bin_count,
        sum(
            {{ double_to_decimal(
                '(bin_ratio - reference_bin_ratio)
                * ln(bin_ratio / reference_bin_ratio)', 28, 12
            ) }}
        ) as stability_index
    from shares
    where total_count > 0 and reference_total_count > 0
    group by {{ keys }}, total_count, reference_total_count, bin_count
),

-- Had nothing moved, the index would be about (bins - 1) * (1/n + 1/m) all the same (Yurdakul
-- 2018): the light is that of what is left when this is taken off.
with_chance as (
    select
        *,
        {{ double_to_decimal(
            'cast(bin_count - 1 as double) / total_count
            + cast(bin_count - 1 as double) / reference_total_count', 18, 6
        ) }} as chance_index
    from indices
),

score_stability as (
    select
        with_chance.score_version,
        with_chance.population,
        with_chance.item,
        case
            when with_chance.is_reference then 'reference'
            when
                with_chance.total_count < rules.enough_count
                or with_chance.reference_total_count < rules.enough_count
                then 'too few'
            when
                with_chance.stability_index - with_chance.chance_index
                >= rules.psi_alarm_ratio
                then 'alarm'
            when
                with_chance.stability_index - with_chance.chance_index
                >= rules.psi_watch_ratio
                then 'watch'
            else 'stable'
        end as light,
        cast(with_chance.total_count as bigint) as subject_count,
        cast(with_chance.reference_total_count as bigint) as reference_count,
        with_chance.bin_count,
        cast(with_chance.stability_index as decimal(18, 6)) as stability_index,
        with_chance.chance_index,
        with_chance.period_date
    from with_chance
    cross join rules
)

select * from score_stability
