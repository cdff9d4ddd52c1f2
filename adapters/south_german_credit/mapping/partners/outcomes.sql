-- grain: one row per loan
with

credits as (
    select * from source_credit
    where excluded_because is null
),

outcomes as (
    select
        source_row as _source_credit,
        'south_german_credit:loan:' || source_row as outcome_id,
        subject_id,
        'south_german_credit:loan:' || source_row as facility_id,
        'credit_risk_bad' as definition,
        credit_risk = 0 as is_default,
        true as is_closed,
        applied_at() as scored_as_of_at,
        observed_at() as observed_at,
        observed_at() as known_at
    from credits
)

select * from outcomes
