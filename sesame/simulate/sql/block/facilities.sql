-- Every line of credit: old ones, and those that an application opened.
create table facilities as
with old as (
    select
        *,
        unnest(if(
            is_consumer,
            ['card', 'instalment_loan', 'mortgage'],
            ['supplier_credit', 'instalment_loan', 'overdraft']
        )) as facility_kind,
        unnest([0, 1, 2]) as position
    from people
    where has_credit
),

old_dated as (
    select
        n,
        'f' || n::varchar || '.' || position::varchar as account_id,
        facility_kind,
        position,
        -- Not before the borrower was of age, or the firm existed.
        greatest(if(
            is_consumer, birth_date + interval 18 year, founding_date
        ), registered_at - to_days(floor(
            60 - ln(u(k, 41 + position))
            * if(facility_kind = 'instalment_loan', 200, 1200)
            * exp(0.3 * stability)
        )::integer))::timestamp as opened_at,
        if(facility_kind = 'mortgage', 240, 36) as term_months,
        money(
            monthly_income * if(facility_kind = 'mortgage', 80, 6)
            * (0.5 + u(k, 44 + position))
        ) as amount,
        'r' || (1 + floor(5 * u(k, 47 + position)))::integer::varchar
            as lender_id
    from old
    where
        position = 0
        or u(k, 51 + position) < if(position = 1, 0.4, 0.12)
),

granted as (
    select
        n,
        'f' || application_id as account_id,
        'instalment_loan' as facility_kind,
        1000 + month_number // 6 as position,
        applied_at + interval 3 day as opened_at,
        term_months,
        amount,
        reader_id as lender_id
    from credit_requests
    where is_granted
),

every as (
    select * from old_dated
    union all
    select * from granted
)

select
    every.*,
    every.facility_kind
    in ('card', 'supplier_credit', 'overdraft') as is_revolving,
    people.subject_id,
    people.k,
    people.registered_at
from every
inner join people on every.n = people.n;
