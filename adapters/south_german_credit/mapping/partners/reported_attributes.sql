-- grain: one row per applicant and attribute that the bank reports
with

credits as (
    select * from source_credit
    where excluded_because is null
),

codes as (
    unpivot credits
    on
    status,
    credit_history,
    savings,
    employment_duration,
    installment_rate,
    present_residence,
    property,
    other_installment_plans,
    housing,
    job
    into name source_column value code
),

reports as (
    select
        codes.source_row as _source_credit,
        codes.subject_id || ':' || code_words.attribute_name
            as reported_attribute_id,
        codes.subject_id,
        code_words.attribute_name,
        code_words.category,
        reported_at() as reported_at,
        reported_at() as known_at
    from codes
    inner join code_words
        on
            codes.source_column = code_words.source_column
            and codes.code = code_words.code
)

select * from reports
