-- Protects seeds bands and reliability: ranges follow each other without a
-- gap, bands from end to end of the scale, reliability from zero on, and caps
-- never fall as the evidence grows. A score in a gap would have no band, a
-- reliability in a gap no row at all.

with

band_ends as (
    select
        bands.score_version,
        bands.lower_bound,
        bands.upper_bound,
        scales.minimum_score,
        scales.maximum_score,
        lag(bands.upper_bound) over (
            partition by bands.score_version order by bands.lower_bound
        ) as previous_upper_bound,
        lead(bands.lower_bound) over (
            partition by bands.score_version order by bands.lower_bound
        ) as next_lower_bound
    from {{ ref('bands') }} as bands
    inner join {{ ref('scales') }} as scales
        on bands.score_version = scales.score_version
),

broken_bands as (
    select
        score_version,
        lower_bound
    from band_ends
    where
        lower_bound <> coalesce(previous_upper_bound, minimum_score)
        or (next_lower_bound is null and upper_bound <= maximum_score)
),

reliability_ends as (
    select
        *,
        lag(upper_bound) over (
            partition by score_version order by lower_bound
        ) as previous_upper_bound,
        lag(score_cap) over (
            partition by score_version order by lower_bound
        ) as previous_score_cap,
        lead(lower_bound) over (
            partition by score_version order by lower_bound
        ) as next_lower_bound
    from {{ ref('reliability') }}
),

broken_reliability as (
    select
        score_version,
        lower_bound
    from reliability_ends
    where
        lower_bound <> coalesce(previous_upper_bound, 0)
        or (upper_bound is null) <> (next_lower_bound is null)
        or score_cap < previous_score_cap
)

select * from broken_bands
union all
select * from broken_reliability
