-- grain: one row per card
-- Cards only. A loan would be the very facility whose outcome is predicted.
with

cards as (
    select * from source_card
    where excluded_because is null
),

credit_accounts as (
    select
        cards.source_row as _source_card,
        'berka:card:' || cards.card_id as account_id,
        account_owners.subject_id,
        'card' as kind,
        'CZK' as currency,
        cast(cards.issued_date as timestamp) as opened_at,
        end_of_day(cards.issued_date) as known_at
    from cards
    inner join account_owners
        on cards.disp_id = account_owners.disp_id
)

select * from credit_accounts
