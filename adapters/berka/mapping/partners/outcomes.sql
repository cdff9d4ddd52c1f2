-- grain: one row per loan
-- Status A: finished, paid; B: finished, unpaid; C: running, paid so far;
-- D: running, in debt.
with

loans as (
    select * from source_loan
    where excluded_because is null
),

outcomes as (
    select
        loans.source_row as _source_loan,
        'berka:loan:' || loans.loan_id as outcome_id,
        account_owners.subject_id,
        'berka:loan:' || loans.loan_id as facility_id,
        'loan_status_unpaid' as definition,
        loans.status in ('B', 'D') as is_default,
        loans.status in ('A', 'B') as is_closed,
        cast(loans.loan_date as timestamp) as scored_as_of_at,
        cast(last_day_of_extract() as timestamp) as observed_at,
        last_day_of_extract() + interval 1 day as known_at
    from loans
    inner join account_owners
        on loans.account_id = account_owners.account_id
)

select * from outcomes
