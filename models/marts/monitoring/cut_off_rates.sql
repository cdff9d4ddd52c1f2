-- grain: one row per definition of default, score version and cut-off
{# Who has no score is refused: without one nobody would be approved by it. #}

with

outcome_counts as (
    select * from {{ ref('outcome_counts') }}
    where segment_type = 'all' and outcome_count > 0
),

cut_offs as (
    select * from {{ ref('cut_offs') }}
),

score_counts as (
    select * from {{ ref('score_counts') }}
    where population = 'official' and is_latest
),

official as (
    select
        score_counts.score_version,
        cut_offs.cut_off,
        sum(score_counts.subject_count) as subject_count,
        sum(
            case
                when score_counts.score >= cut_offs.cut_off
                    then score_counts.subject_count
                else 0
            end
        ) as approved_count
    from score_counts
    cross join cut_offs
    group by score_counts.score_version, cut_offs.cut_off
),

-- One row per score, approved at the cut-off or not.
judged as (
    select
        outcome_counts.*,
        cut_offs.cut_off,
        coalesce(outcome_counts.score >= cut_offs.cut_off, false)
            as is_approved
    from outcome_counts
    cross join cut_offs
),

summed as (
    select
        definition,
        score_version,
        cut_off,
        is_champion,
        sum(outcome_count) as outcome_count,
        sum(default_count) as default_count,
        sum(good_count) as good_count,
        sum(case when is_approved then outcome_count else 0 end)
            as approved_count,
        sum(case when is_approved then default_count else 0 end)
            as approved_default_count,
        sum(case when is_approved then good_count else 0 end)
            as approved_good_count
    from judged
    group by definition, score_version, cut_off, is_champion
),

cut_off_rates as (
    select
        summed.definition,
        summed.score_version,
        cast(summed.cut_off as smallint) as cut_off,
        cast(summed.outcome_count as bigint) as outcome_count,
        cast(summed.default_count as bigint) as default_count,
        cast(summed.approved_count as bigint) as approved_count,
        cast(summed.approved_default_count as bigint)
            as approved_default_count,
        {{ double_to_decimal(ratio(
            'summed.approved_count', 'summed.outcome_count'
        ), 18, 6) }} as approval_ratio,
        {{ double_to_decimal(ratio(
            'summed.approved_default_count', 'summed.approved_count'
        ), 18, 6) }} as approved_default_ratio,
        {{ double_to_decimal(ratio(
            '(summed.default_count - summed.approved_default_count)',
            'summed.default_count'
        ), 18, 6) }} as refused_default_ratio,
        {{ double_to_decimal(ratio(
            '(summed.good_count - summed.approved_good_count)',
            'summed.good_count'
        ), 18, 6) }} as refused_good_ratio,
        {{ double_to_decimal(ratio(
            'official.approved_count', 'official.subject_count'
        ), 18, 6) }} as official_approval_ratio,
        summed.is_champion
    from summed
    left join official
        on
            summed.score_version = official.score_version
            and summed.cut_off = official.cut_off
)

select * from cut_off_rates
