-- grain: one row per business and as-of date

{%- set counts = [
    'firm_buyer_count_12m',
    'firm_supplier_count_12m',
    'firm_shop_buyer_count_12m',
] %}
{%- set shares = [
    'firm_repeat_buyer_ratio_12m',
    'firm_buyer_concentration_ratio_12m',
    'firm_supplier_concentration_ratio_12m',
    'firm_shop_repeat_buyer_ratio_12m',
    'firm_repeat_supplier_ratio_12m',
] %}
{%- set measures = [
    'firm_rating_received_mean_24m',
    'firm_owner_standing_mean',
] %}

with

businesses as (
    select * from {{ ref('int_scored_subjects') }}
    where subject_kind = 'business'
),

counterparties as (
    select * from {{ ref('int_business__counterparty_windows') }}
),

shops as (
    select * from {{ ref('int_business__shop_windows') }}
),

contacts as (
    select * from {{ ref('int_social__contact_windows') }}
),

standings as (
    select * from {{ ref('int_relation_standings') }}
),

reported_attributes as (
    select * from {{ ref('int_partners__reported_attributes') }}
),

reported as (
    {{ pivot_reported(
        'reported_attributes', counts + shares + measures
    ) }}
),

measured as (
    select
        businesses.subject_id,
        businesses.as_of_date,
        buyers.counterparties_count as firm_buyer_count_12m,
        {{ ratio('buyers.repeat_counterparties_count',
            'buyers.counterparties_count') }} as firm_repeat_buyer_ratio_12m,
        buyers.concentration_ratio as firm_buyer_concentration_ratio_12m,
        suppliers.counterparties_count as firm_supplier_count_12m,
        suppliers.concentration_ratio as firm_supplier_concentration_ratio_12m,
        {{ ratio('suppliers.repeat_counterparties_count',
            'suppliers.counterparties_count') }}
            as firm_repeat_supplier_ratio_12m,
        shops.firm_shop_buyer_count_12m,
        shops.firm_shop_repeat_buyer_ratio_12m,
        contacts.rating_received_mean_24m as firm_rating_received_mean_24m,
        standings.standing_mean as firm_owner_standing_mean
    from businesses
    left join counterparties as buyers
        on
            {{ same_score('buyers', 'businesses') }}
            and buyers.direction = 'issued'
    left join counterparties as suppliers
        on
            {{ same_score('suppliers', 'businesses') }}
            and suppliers.direction = 'received'
    left join shops on {{ same_score('shops', 'businesses') }}
    left join contacts on {{ same_score('contacts', 'businesses') }}
    left join standings on {{ same_score('standings', 'businesses') }}
),

attributes as (
    select
        measured.subject_id,
        measured.as_of_date,
        {{ attribute_columns(
            counts=counts,
            shares=shares,
            measures=measures
        ) }}
    from measured
    left join reported on {{ same_score('reported', 'measured') }}
)

select * from attributes
