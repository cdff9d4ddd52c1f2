-- grain: one row per subject and product of the catalogue that it was ever seen with

{{ config(materialized='view') }}

{#
    Which tables show that a subject has a product, so that a value which is then not there is
    missing rather than structurally absent: (product, model, subject column, event time).
    Events are read as the windows read them: what these take for none, such as an interaction
    without a message, is no evidence either.
    Public negatives are kept by authorities about everybody, therefore any entry with an
    authority is evidence; a tie or a rating needs the subject at the right end.
#}
{%- set evidence = [
    ('credit', 'stg_payments__credit_accounts', 'subject_id', 'opened_at'),
    ('credit', 'int_payments__credit_statements', 'subject_id', 'event_date'),
    ('credit', 'int_payments__loan_instalments', 'subject_id', 'event_date'),
    ('bills', 'int_payments__bills', 'subject_id', 'event_date'),
    ('wallet', 'int_payments__wallet_transactions', 'subject_id', 'event_date'),
    ('balances', 'int_payments__wallet_balances', 'subject_id', 'event_date'),
    ('standing_orders', 'stg_payments__standing_orders', 'subject_id', 'started_at'),
    ('holdings', 'int_payments__holdings', 'subject_id', 'event_date'),
    ('deposits', 'stg_payments__deposits', 'subject_id', 'placed_at'),
    ('invoices', 'int_business__invoices', 'subject_id', 'event_date'),
    ('orders', 'int_marketplace__order_days', 'subject_id', 'event_date'),
    ('reviews', 'int_marketplace__review_days', 'subject_id', 'event_date'),
    ('page_views', 'int_marketplace__page_view_days', 'subject_id', 'event_date'),
    ('shop', 'stg_marketplace__shops', 'subject_id', 'opened_at'),
    ('inquiries', 'stg_partners__inquiries', 'subject_id', 'asked_at'),
    ('reported', 'stg_partners__reported_attributes', 'subject_id', 'reported_at'),
    ('public_records', 'stg_public_records__court_judgments', 'subject_id', 'judged_at'),
    ('public_records', 'stg_public_records__enforcement_cases', 'subject_id', 'opened_at'),
    ('public_records', 'stg_public_records__tax_arrears', 'subject_id', 'assessed_at'),
    ('public_records', 'stg_public_records__administrative_penalties', 'subject_id', 'imposed_at'),
    ('social_insurance', 'int_public_records__social_insurance_months', 'subject_id', 'event_date'),
    ('property', 'stg_public_records__property_and_vehicles', 'subject_id', 'registered_at'),
    ('education', 'stg_public_records__education', 'subject_id', 'completed_at'),
    ('registration', 'stg_public_records__business_registrations', 'subject_id', 'effective_at'),
    ('identity', 'stg_identity__subjects', 'subject_id', 'registered_at'),
    ('addresses', 'stg_identity__addresses', 'subject_id', 'valid_from_at'),
    ('phones', 'stg_identity__phones', 'subject_id', 'valid_from_at'),
    ('employment', 'stg_identity__employment', 'subject_id', 'started_at'),
    ('devices', 'stg_identity__devices', 'subject_id', 'first_seen_at'),
    ('owners', 'stg_identity__business_owners', 'subject_id', 'since_at'),
    ('ties', 'stg_social__friendships', 'from_subject_id', 'since_at'),
    ('ties', 'stg_social__friendships', 'to_subject_id', 'since_at'),
    ('ties', 'int_social__interactions', 'subject_id', 'event_date'),
    ('ratings', 'stg_social__ratings', 'to_subject_id', 'rated_at'),
    ('ratings_given', 'stg_social__ratings', 'from_subject_id', 'rated_at'),
] %}

with

-- A row counts as of D when both its clocks are before D, so the first D at which any row
-- counts follows from the smallest of the later clocks.
first_evidence as (
    {%- for product, model, subject, event_at in evidence %}
    select
        {{ subject }} as subject_id,
        '{{ product }}' as product,
        {%- set known_at =
            'known_date' if event_at == 'event_date' else 'known_at' %}
        min(
            cast(greatest({{ event_at }}, {{ known_at }}) as date)
        ) as first_evidence_date
    from {{ ref(model) }}
    group by {{ subject }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

subject_products as (
    select
        subject_id,
        product,
        min(first_evidence_date) as first_evidence_date
    from first_evidence
    group by subject_id, product
)

select * from subject_products
