-- grain: one row per consumer of the cohort
-- What was owed and what was paid. Each kind of debt is summed up on its own,
-- over all its time and over the last months, when strain would show.
with bill_facts as (
    select
        subject_id,
        count(*) as bills,
        avg((paid_at is null or paid_at > due_at)::integer) as late_ratio,
        avg((paid_at is null)::integer) as unpaid_ratio,
        avg(greatest(date_diff('day', due_at, paid_at), 0)) as late_days,
        avg((paid_at is null or paid_at > due_at)::integer) filter (
            where due_at >= getvariable('as_of') - interval 6 month
        ) as recent_late_ratio,
        date_diff('day', max(due_at) filter (
            where paid_at is null or paid_at > due_at
        ), getvariable('as_of')) as days_since_late,
        avg(date_diff('day', issued_at, paid_at)) as days_to_pay
    from bills
    group by subject_id
),

statement_facts as (
    select
        subject_id,
        count(*) as statements,
        avg((days_past_due > 0)::integer) as late_ratio,
        avg(days_past_due) as days_past_due,
        max(days_past_due) filter (
            where statement_at >= getvariable('as_of') - interval 6 month
        ) as recent_worst_days,
        sum(balance_amount)::double / nullif(sum(limit_amount), 0)::double
            as utilisation_ratio,
        sum(balance_amount) filter (
            where statement_at >= getvariable('as_of') - interval 4 month
        )::double
        / nullif(sum(limit_amount) filter (
            where statement_at >= getvariable('as_of') - interval 4 month
        ), 0)::double as recent_utilisation_ratio,
        sum(paid_amount)::double / nullif(sum(balance_amount), 0)::double
            as paid_ratio,
        avg((paid_amount <= due_amount)::integer) as minimum_ratio
    from credit_statements
    group by subject_id
),

instalment_facts as (
    select
        subject_id,
        count(*) as instalments,
        avg((days_past_due > 0)::integer) as late_ratio,
        avg((paid_at is null)::integer) as unpaid_ratio,
        avg(days_past_due) as days_past_due,
        max(days_past_due) filter (
            where due_at >= getvariable('as_of') - interval 6 month
        ) as recent_worst_days
    from loan_instalments
    group by subject_id
),

deposit_facts as (
    select
        subject_id,
        count(*) as deposits,
        sum(kept_amount)::double / nullif(sum(deposit_amount), 0)::double
            as kept_ratio
    from deposits
    group by subject_id
),

account_facts as (
    select
        subject_id,
        count(*) as accounts,
        date_diff('day', min(opened_at), getvariable('as_of')) as oldest_days,
        count(*) filter (
            where opened_at >= getvariable('as_of') - interval 12 month
        ) as new_accounts
    from credit_accounts
    group by subject_id
),

negatives as (
    select
        subject_id,
        judged_at as begun_at
    from court_judgments
    union all
    select
        subject_id,
        opened_at
    from enforcement_cases
    union all
    select
        subject_id,
        assessed_at
    from tax_arrears
),

negative_facts as (
    select
        subject_id,
        count(*) as negatives,
        count(*) filter (
            where begun_at >= getvariable('as_of') - interval 12 month
        ) as recent_negatives
    from negatives
    group by subject_id
),

inquiry_facts as (
    select
        subject_id,
        count(*) as inquiries,
        count(*) filter (
            where asked_at >= getvariable('as_of') - interval 6 month
        ) as recent_inquiries
    from inquiries
    where purpose = 'credit'
    group by subject_id
),

application_facts as (
    select
        subject_id,
        count(*) as applications
    from applications
    group by subject_id
)

select
    cohort.subject_id,
    bill_facts.bills,
    bill_facts.late_ratio as bills_late_ratio,
    bill_facts.unpaid_ratio as bills_unpaid_ratio,
    bill_facts.late_days as bills_late_days,
    bill_facts.recent_late_ratio as bills_recent_late_ratio,
    bill_facts.days_since_late as bills_days_since_late,
    bill_facts.days_to_pay as bills_days_to_pay,
    statement_facts.statements,
    statement_facts.late_ratio as statements_late_ratio,
    statement_facts.days_past_due as statements_days_past_due,
    statement_facts.recent_worst_days as statements_recent_worst_days,
    statement_facts.utilisation_ratio,
    statement_facts.recent_utilisation_ratio,
    statement_facts.paid_ratio as statements_paid_ratio,
    statement_facts.minimum_ratio as statements_minimum_ratio,
    instalment_facts.instalments,
    instalment_facts.late_ratio as instalments_late_ratio,
    instalment_facts.unpaid_ratio as instalments_unpaid_ratio,
    instalment_facts.days_past_due as instalments_days_past_due,
    instalment_facts.recent_worst_days as instalments_recent_worst_days,
    deposit_facts.deposits,
    deposit_facts.kept_ratio as deposits_kept_ratio,
    account_facts.accounts,
    account_facts.oldest_days as accounts_oldest_days,
    account_facts.new_accounts,
    coalesce(negative_facts.negatives, 0) as negatives,
    coalesce(negative_facts.recent_negatives, 0) as recent_negatives,
    coalesce(inquiry_facts.inquiries, 0) as inquiries,
    coalesce(inquiry_facts.recent_inquiries, 0) as recent_inquiries,
    coalesce(application_facts.applications, 0) as applications
from cohort
left join bill_facts on cohort.subject_id = bill_facts.subject_id
left join statement_facts on cohort.subject_id = statement_facts.subject_id
left join instalment_facts on cohort.subject_id = instalment_facts.subject_id
left join deposit_facts on cohort.subject_id = deposit_facts.subject_id
left join account_facts on cohort.subject_id = account_facts.subject_id
left join negative_facts on cohort.subject_id = negative_facts.subject_id
left join inquiry_facts on cohort.subject_id = inquiry_facts.subject_id
left join application_facts
    on cohort.subject_id = application_facts.subject_id
