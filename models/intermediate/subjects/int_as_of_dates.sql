-- grain: one row per official as-of date

-- Outcomes and the consent domain are left out: no score may depend on
-- outcomes, and a decision about consent is no evidence to score.
{%- set sources = [
    ref('stg_identity__subjects'),
    ref('stg_identity__addresses'),
    ref('stg_identity__phones'),
    ref('stg_identity__verification_events'),
    ref('stg_identity__employment'),
    ref('stg_identity__devices'),
    ref('stg_identity__business_owners'),
    ref('stg_marketplace__shops'),
    ref('stg_marketplace__orders'),
    ref('stg_marketplace__order_items'),
    ref('stg_marketplace__refunds_and_disputes'),
    ref('stg_marketplace__reviews'),
    ref('stg_marketplace__page_views'),
    ref('stg_payments__wallet_transactions'),
    ref('stg_payments__wallet_balances'),
    ref('stg_payments__standing_orders'),
    ref('stg_payments__bills'),
    ref('stg_payments__credit_accounts'),
    ref('stg_payments__credit_statements'),
    ref('stg_payments__loan_instalments'),
    ref('stg_payments__holdings'),
    ref('stg_payments__deposits'),
    ref('stg_payments__invoices'),
    ref('stg_public_records__court_judgments'),
    ref('stg_public_records__enforcement_cases'),
    ref('stg_public_records__tax_arrears'),
    ref('stg_public_records__administrative_penalties'),
    ref('stg_public_records__social_insurance_months'),
    ref('stg_public_records__education'),
    ref('stg_public_records__property_and_vehicles'),
    ref('stg_public_records__business_registrations'),
    ref('stg_social__friendships'),
    ref('stg_social__interactions'),
    ref('stg_social__ratings'),
    ref('stg_partners__inquiries'),
    ref('stg_partners__applications'),
    ref('stg_partners__reported_attributes'),
] %}
{#- One date is a text, or a date where YAML made it one. #}
{%- set as_of = var('as_of') or [] %}
{%- set days = [as_of] if as_of is string or as_of is not iterable else as_of %}

with

latest_rows as (
    {% for source in sources %}
    select max(known_at) as known_at from {{ source }}
    {{ "union all" if not loop.last }}
    {% endfor %}
),

reach as (
    select max(known_at) as known_at from latest_rows
),

-- Nothing is scored in an empty warehouse, whatever the date.
official as (
    {%- for day in days %}
    select cast('{{ day }}' as date) as as_of_date
    from reach
    where known_at is not null
    {{ 'union' if not loop.last }}
    {%- else %}
    select {{ month_start('known_at') }} as as_of_date
    from reach
    where known_at is not null
    {%- endfor %}
)

select * from official
