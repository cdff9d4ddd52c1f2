-- grain: one row per subject and as-of date with supplier statements

with

measured_subjects as (
    select * from {{ ref('int_measured_subjects') }}
),

statements as (
    select * from {{ ref('int_payments__account_statements') }}
    where account_kind = 'supplier_credit'
),

-- A statement counts as a supplier's once its account is known to be one.
measured as (
    select
        measured_subjects.subject_id,
        measured_subjects.as_of_date,
        {{ ratio('sum(statements.on_time_count)',
            'sum(statements.rated_count)') }}
            as supplier_on_time_ratio_12m
    from measured_subjects
    inner join statements on {{ seen('statements', 12) }}
    where statements.account_known_date < measured_subjects.as_of_date
    group by measured_subjects.subject_id, measured_subjects.as_of_date
)

select * from measured
