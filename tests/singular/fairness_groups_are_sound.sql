-- Protects seed fairness_groups: every characteristic has one reference group,
-- and the ages follow each other without a gap. Without a reference every
-- adverse-impact ratio would be null, and nobody would be compared with anybody.

with

fairness_groups as (
    select * from {{ ref('fairness_groups') }}
),

without_one_reference as (
    select characteristic
    from fairness_groups
    group by characteristic
    having sum(case when is_reference then 1 else 0 end) <> 1
),

ages as (
    select
        characteristic,
        lower_age_years,
        lag(upper_age_years) over (order by lower_age_years) as previous_upper,
        lead(lower_age_years) over (order by lower_age_years) as next_lower,
        upper_age_years
    from fairness_groups
    where characteristic = 'age_band'
),

broken_ages as (
    select characteristic
    from ages
    where
        lower_age_years is null
        or lower_age_years <> coalesce(previous_upper, 0)
        or (upper_age_years is null) <> (next_lower is null)
)

select * from without_one_reference
union all
select * from broken_ages
