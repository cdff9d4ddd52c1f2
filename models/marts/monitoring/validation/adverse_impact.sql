-- grain: one row per score version, population, characteristic, group and cut-off
{#
    Two comparisons. With the reference group, which is a choice made in a seed; and with the group of
    the highest rate, as 29 CFR 1607.4 D has it, without which the reference group could be harmed and
    nobody told. Neither is made with a group too small to have a rate.
#}

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
        group_counts.member_count,
        group_counts.member_count < rules.small_group_count as is_small_group,
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
    cross join rules
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
        fairness_groups.is_reference,
        group_counts.member_count,
        rules.small_group_count
),

with_ratio as (
    select
        *,
        {{ ratio('approved_count', 'subject_count') }} as approval_ratio
    from rates
),

compared as (
    select
        *,
        max(
            case
                when is_reference and not is_small_group then approval_ratio
            end
        ) over (
            partition by score_version, population, characteristic, cut_off
        ) as reference_approval_ratio,
        max(case when not is_small_group then approval_ratio end) over (
            partition by score_version, population, characteristic, cut_off
        ) as best_approval_ratio
    from with_ratio
),

adverse_impact as (
    select
        score_version,
        population,
        characteristic,
        group_name,
        cast(cut_off as smallint) as cut_off,
        member_count,
        cast(subject_count as bigint) as subject_count,
        cast(scored_count as bigint) as scored_count,
        cast(approved_count as bigint) as approved_count,
        {{ double_to_decimal('approval_ratio', 18, 6) }} as approval_ratio,
        {{ double_to_decimal('reference_approval_ratio', 18, 6) }}
            as reference_approval_ratio,
        {{ double_to_decimal('best_approval_ratio', 18, 6) }}
            as best_approval_ratio,
        {{ double_to_decimal(ratio(
            'approval_ratio', 'reference_approval_ratio'
        ), 18, 6) }} as impact_ratio,
        {{ double_to_decimal(ratio(
            'approval_ratio', 'best_approval_ratio'
        ), 18, 6) }} as best_impact_ratio,
        is_reference,
        is_small_group
    from compared
)

select * from adverse_impact
