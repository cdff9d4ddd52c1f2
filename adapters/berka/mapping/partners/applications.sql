-- grain: one row per loan
-- The data has granted loans only; its day is the day to score as of.
with

loans as (
    select * from source_loan
    where excluded_because is null
),

applications as (
    select
        loans.source_row as _source_loan,
        'berka:loan:' || loans.loan_id as application_id,
        account_owners.subject_id,
        'loan' as purpose,
        'CZK' as currency,
        loans.amount,
        loans.duration as term_months,
        cast(loans.loan_date as timestamp) as applied_at,
        cast(loans.loan_date as timestamp) as known_at
    from loans
    inner join account_owners
        on loans.account_id = account_owners.account_id
)

select * from applications
