-- grain: one row per loan
with

credits as (
    select * from source_credit
    where excluded_because is null
),

applications as (
    select
        credits.source_row as _source_credit,
        'south_german_credit:loan:' || credits.source_row as application_id,
        credits.subject_id,
        loan_purposes.purpose,
        'DEM' as currency,
        credits.amount,
        credits.duration as term_months,
        applied_at() as applied_at,
        applied_at() as known_at
    from credits
    left join loan_purposes
        on credits.purpose = loan_purposes.code
)

select * from applications
