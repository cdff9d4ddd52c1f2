-- grain: one row per score version, population, characteristic, group and cut-off

with

group_counts as (
    select * from {{ ref('group_counts') }}
),

fairness_groups as (
    select * from {{ ref('fairness_groups') }}
),

cut_offs as (
    select * from {{ ref('cut_offs') }}
),

rules as (
    select * from {{ ref('monitoring_rules') }}
),

rates as (
    select
        group_counts.score_version,
        group_counts.population,
        group_counts.characteristic,
        group_counts.group_name,
        cut_offs.cut_off,
        fairness_groups.is_reference,
        sum(group_counts.subject_count) as subject_count,
        sum(
            case
                when group_counts.score is not null
                    then group_counts.subject_count
                else 0
            end
        ) as scored_count,
        sum(
            case
                when group_counts.score >= cut_offs.cut_off
                    then group_counts.subject_count
                else 0
            end
        ) as approved_count
    from group_counts
    cross join cut_offs
    inner join fairness_groups
        on
            group_counts.characteristic = fairness_groups.characteristic
            and group_counts.group_name = fairness_groups.group_name
    group by
        group_counts.score_version,
        group_counts.population,
        group_counts.characteristic,
        group_counts.group_name,
        cut_offs.cut_off,
        fairness_groups.is_reference
),

with_ratio as (
    select
        *,
        {{ ratio('approved_count', 'subject_count') }} as approval_ratio,
        max(
            case
                when is_reference
                    then {{ ratio('approved_count', 'subject_count') }}
            end
        ) over (
            partition by score_version, population, characteristic, cut_off
        ) as reference_approval_ratio
    from rates
),

adverse_impact as (
    select
        with_ratio.score_version,
        with_ratio.population,
        with_ratio.characteristic,
        with_ratio.group_name,
        cast(with_ratio.cut_off as smallint) as cut_off,
        cast(with_ratio.subject_count as bigint) as subject_count,
        cast(with_ratio.scored_count as bigint) as scored_count,
        cast(with_ratio.approved_count as bigint) as approved_count,
        {{ double_to_decimal('with_ratio.approval_ratio', 18, 6) }}
            as approval_ratio,
        {{ double_to_decimal('with_ratio.reference_approval_ratio', 18, 6) }}
            as reference_approval_ratio,
        {{ double_to_decimal(ratio(
            'with_ratio.approval_ratio', 'with_ratio.reference_approval_ratio'
        ), 18, 6) }} as impact_ratio,
        with_ratio.is_reference,
        with_ratio.subject_count < rules.small_group_count as is_small_group
    from with_ratio
    cross join rules
)

select * from adverse_impact
