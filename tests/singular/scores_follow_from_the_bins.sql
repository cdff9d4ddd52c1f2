-- Protects int_score_steps: what scoring generates from the bins gives each factor
-- of every version in service what a join with the bins gives it. Without it a
-- case that takes the wrong bin would be explained as wrongly as it is scored,
-- and everything would still add up. For a sixteenth of the subjects, drawn by
-- their id: a join for all takes longer than scoring them.

with

sampled_steps as (
    select * from {{ ref('int_score_steps') }}
    where substr(md5(subject_id), 1, 1) = '0'
),

factor_points as (
    {%- for factor in factor_names().split() %}
    select
        subject_id,
        as_of_date,
        score_version,
        '{{ factor }}' as factor,
        {{ factor }}_points as points
    from sampled_steps
    where {{ factor }}_points <> 0
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

joined_points as (
    select
        contributions.subject_id,
        contributions.as_of_date,
        contributions.score_version,
        contributions.factor,
        sum(contributions.contribution_points) as points
    from {{ ref('int_attribute_contributions') }} as contributions
    inner join sampled_steps
        on
            contributions.subject_id = sampled_steps.subject_id
            and contributions.as_of_date = sampled_steps.as_of_date
            and contributions.score_version = sampled_steps.score_version
    where substr(md5(contributions.subject_id), 1, 1) = '0'
    group by
        contributions.subject_id,
        contributions.as_of_date,
        contributions.score_version,
        contributions.factor
    having sum(contributions.contribution_points) <> 0
)

select
    coalesce(factor_points.score_version, joined_points.score_version)
        as score_version,
    coalesce(factor_points.factor, joined_points.factor) as factor
from factor_points
full outer join joined_points
    on
        factor_points.subject_id = joined_points.subject_id
        and factor_points.as_of_date = joined_points.as_of_date
        and factor_points.score_version = joined_points.score_version
        and factor_points.factor = joined_points.factor
where
    factor_points.points is null
    or joined_points.points is null
    or factor_points.points <> joined_points.points
