-- SouthGermanCredit.asc: one line per loan, separated by single spaces.
-- The file has neither identifiers nor dates: source_row, the line's place in
-- the file, stands for the subject, and the dates below for all of them.

-- The loans were granted from 1973 to 1975; the file does not say when. One
-- nominal moment inside that period stands for all applications.
create macro applied_at() as timestamp '1975-01-01 00:00:00';

-- A score as of 1975-01-01 uses what was known before it: the bank reports its
-- summaries the day before.
create macro reported_at() as timestamp '1974-12-31 00:00:00';

-- The longest term in the file is 72 months; the file holds contracts that
-- had run their course.
create macro observed_at() as timestamp '1981-01-01 00:00:00';

create table source_credit as
select
    row_number() over () as source_row,
    'south_german_credit:applicant:' || row_number() over () as subject_id,
    cast(status as integer) as status,
    cast(duration as integer) as duration,
    cast(credit_history as integer) as credit_history,
    cast(purpose as integer) as purpose,
    cast(amount as decimal(18, 2)) as amount,
    cast(savings as integer) as savings,
    cast(employment_duration as integer) as employment_duration,
    cast(installment_rate as integer) as installment_rate,
    cast(personal_status_sex as integer) as personal_status_sex,
    cast(other_debtors as integer) as other_debtors,
    cast(present_residence as integer) as present_residence,
    cast(property as integer) as property,
    cast(age as integer) as age,
    cast(other_installment_plans as integer) as other_installment_plans,
    cast(housing as integer) as housing,
    cast(number_credits as integer) as number_credits,
    cast(job as integer) as job,
    cast(people_liable as integer) as people_liable,
    cast(telephone as integer) as telephone,
    cast(foreign_worker as integer) as foreign_worker,
    cast(credit_risk as integer) as credit_risk,
    cast(null as varchar) as excluded_because
from read_csv(
    getvariable('source_folder') || '/SouthGermanCredit.asc',
    delim = ' ',
    header = true,
    all_varchar = true
);

-- codetable.txt, in the words of the catalogue's categories. A code that is
-- not listed gives no row, so no value. Amounts of the bands are in marks.
create table code_words as
select *
from (
    values
    ('status', 'checking_account_level', 1, 'no_account'),
    ('status', 'checking_account_level', 2, 'overdrawn'),
    ('status', 'checking_account_level', 3, 'low'),  -- 0 to 200
    ('status', 'checking_account_level', 4, 'high'),  -- or salary for a year

    ('credit_history', 'credit_record_level', 0, 'delayed_in_the_past'),
    ('credit_history', 'credit_record_level', 1, 'critical_account'),
    ('credit_history', 'credit_record_level', 2, 'none_or_all_repaid'),
    ('credit_history', 'credit_record_level', 3, 'existing_repaid_duly'),
    ('credit_history', 'credit_record_level', 4, 'all_here_repaid_duly'),

    ('savings', 'savings_level', 1, 'unknown_or_none'),
    ('savings', 'savings_level', 2, 'low'),  -- below 100
    ('savings', 'savings_level', 3, 'middle'),  -- 100 to 500
    ('savings', 'savings_level', 4, 'high'),  -- 500 to 1000
    ('savings', 'savings_level', 5, 'very_high'),  -- 1000 or more

    ('employment_duration', 'employment_tenure_level', 1, 'unemployed'),
    ('employment_duration', 'employment_tenure_level', 2, 'under_1_year'),
    ('employment_duration', 'employment_tenure_level', 3, '1_to_4_years'),
    ('employment_duration', 'employment_tenure_level', 4, '4_to_7_years'),
    ('employment_duration', 'employment_tenure_level', 5, '7_years_or_more'),

    ('installment_rate', 'instalment_burden_level', 1, '35_percent_or_more'),
    ('installment_rate', 'instalment_burden_level', 2, '25_to_35_percent'),
    ('installment_rate', 'instalment_burden_level', 3, '20_to_25_percent'),
    ('installment_rate', 'instalment_burden_level', 4, 'under_20_percent'),

    ('present_residence', 'residence_tenure_level', 1, 'under_1_year'),
    ('present_residence', 'residence_tenure_level', 2, '1_to_4_years'),
    ('present_residence', 'residence_tenure_level', 3, '4_to_7_years'),
    ('present_residence', 'residence_tenure_level', 4, '7_years_or_more'),

    ('property', 'property_level', 1, 'unknown_or_none'),
    ('property', 'property_level', 2, 'car_or_other'),
    ('property', 'property_level', 3, 'savings_or_life_insurance'),
    ('property', 'property_level', 4, 'real_estate'),

    ('other_installment_plans', 'other_instalment_plans_level', 1, 'bank'),
    ('other_installment_plans', 'other_instalment_plans_level', 2, 'stores'),
    ('other_installment_plans', 'other_instalment_plans_level', 3, 'none'),

    ('housing', 'housing_level', 1, 'free'),
    ('housing', 'housing_level', 2, 'rented'),
    ('housing', 'housing_level', 3, 'owned'),

    -- The source tells unskilled non-residents (1) from unskilled residents
    -- (2). Origin is never scored: both are one word.
    ('job', 'occupation_level', 1, 'unskilled_or_unemployed'),
    ('job', 'occupation_level', 2, 'unskilled_or_unemployed'),
    ('job', 'occupation_level', 3, 'skilled'),
    ('job', 'occupation_level', 4, 'manager_or_self_employed'),
) as words (source_column, attribute_name, code, category);

create table loan_purposes as
select *
from (
    values
    (0, 'other'),
    (1, 'new_car'),
    (2, 'used_car'),
    (3, 'furniture'),
    (4, 'radio_or_television'),
    (5, 'domestic_appliances'),
    (6, 'repairs'),
    (7, 'education'),
    (8, 'vacation'),
    (9, 'retraining'),
    (10, 'business'),
) as purposes (code, purpose);
