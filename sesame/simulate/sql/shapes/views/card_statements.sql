-- grain: one row per statement of a consumer's card
-- Taiwan's clients are consumers and their statements those of cards: firms and
-- other lines of credit are left out. Whoever is one day late is one month late
-- to a bank that counts whole months.
create view card_statements as
select
    statements.limit_amount,
    statements.balance_amount,
    statements.paid_amount,
    case
        when statements.days_past_due < 0 or statements.paid_amount is null
            then null
        when statements.days_past_due > 60 then '3 or more'
        when statements.days_past_due > 30 then '2 months late'
        when statements.days_past_due > 0 then '1 month late'
        when
            statements.days_past_due = 0
            and (
                statements.balance_amount <= 0
                or statements.paid_amount >= statements.balance_amount
            )
            then 'paid duly'
        when statements.days_past_due = 0 then 'revolving'
    end as repayment_status
from payments_credit_statements as statements
inner join payments_credit_accounts as facilities
    on statements.account_id = facilities.account_id
inner join identity_subjects as subjects
    on statements.subject_id = subjects.subject_id
where facilities.kind = 'card' and subjects.kind = 'consumer'
