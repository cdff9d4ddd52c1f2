-- grain: one row per challenger, sample, cut-off and what champion and challenger would decide
{#
    Who would be decided otherwise if the challenger replaced the champion: everyone at the latest
    official date, and everyone whose outcome is over, by definition of default. No score is a refusal.
#}

with

scores as (
    select * from {{ ref('scores') }}
),

monitored_dates as (
    select * from {{ ref('monitored_dates') }}
),

score_outcomes as (
    select * from {{ ref('score_outcomes') }}
),

cut_offs as (
    select * from {{ ref('cut_offs') }}
),

official_pairs as (
    select
        challengers.score_version as challenger_version,
        'official' as sample_name,
        champions.score as champion_score,
        challengers.score as challenger_score,
        count(*) as subject_count,
        cast(null as bigint) as default_count
    from scores as champions
    inner join scores as challengers
        on {{ same_score('challengers', 'champions') }}
    inner join monitored_dates
        on
            challengers.score_version = monitored_dates.score_version
            and challengers.as_of_date = monitored_dates.as_of_date
    where
        champions.is_champion
        and not challengers.is_champion
        and monitored_dates.population = 'official'
        and monitored_dates.is_latest
    group by challengers.score_version, champions.score, challengers.score
),

outcome_pairs as (
    select
        challengers.score_version as challenger_version,
        champions.definition as sample_name,
        champions.score as champion_score,
        challengers.score as challenger_score,
        count(*) as subject_count,
        count(case when champions.is_default then 1 end) as default_count
    from score_outcomes as champions
    inner join score_outcomes as challengers
        on champions.outcome_id = challengers.outcome_id
    where
        champions.is_champion
        and champions.is_judged
        and not challengers.is_champion
    group by
        challengers.score_version,
        champions.definition,
        champions.score,
        challengers.score
),

pairs as (
    select * from official_pairs
    union all
    select * from outcome_pairs
),

decided as (
    select
        pairs.*,
        cut_offs.cut_off,
        coalesce(pairs.champion_score >= cut_offs.cut_off, false)
            as is_approved_by_champion,
        coalesce(pairs.challenger_score >= cut_offs.cut_off, false)
            as is_approved_by_challenger
    from pairs
    cross join cut_offs
),

swap_sets as (
    select
        challenger_version,
        sample_name,
        cast(cut_off as smallint) as cut_off,
        cast(sum(subject_count) as bigint) as subject_count,
        cast(sum(default_count) as bigint) as default_count,
        {{ double_to_decimal(ratio(
            'sum(default_count)', 'sum(subject_count)'
        ), 18, 6) }} as default_ratio,
        is_approved_by_champion,
        is_approved_by_challenger
    from decided
    group by
        challenger_version,
        sample_name,
        cut_off,
        is_approved_by_champion,
        is_approved_by_challenger
)

select * from swap_sets
