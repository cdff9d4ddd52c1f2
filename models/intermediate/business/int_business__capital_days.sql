-- grain: one row per business, event date and known date

with

registrations as (
    select * from {{ ref('stg_public_records__business_registrations') }}
    where capital_amount is not null
),

currencies as (
    select * from {{ ref('currencies') }}
),

-- Of two entries of one day the later counts, even if the earlier is the later
-- known, hence the time beside the date. A capital in a currency without a rate
-- stays, as null: dropped, it would bring back the capital it replaced.
entries as (
    select
        registrations.subject_id,
        {{ reference_amount(
            'registrations.capital_amount', 'currencies.reference_units'
        ) }} as capital_reference_amount,
        cast(registrations.effective_at as date) as event_date,
        cast(registrations.known_at as date) as known_date,
        registrations.effective_at,
        row_number() over (
            partition by
                registrations.subject_id,
                cast(registrations.effective_at as date),
                cast(registrations.known_at as date)
            order by
                registrations.effective_at desc,
                registrations.known_at desc,
                registrations.registration_id desc
        ) as latest_rank
    from registrations
    left join currencies on registrations.currency = currencies.currency
),

by_day as (
    select
        subject_id,
        capital_reference_amount,
        event_date,
        known_date,
        effective_at
    from entries
    where latest_rank = 1
)

select * from by_day
