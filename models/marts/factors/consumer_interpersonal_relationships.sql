-- grain: one row per consumer and as-of date

{%- set counts = [
    'reciprocated_ties_count',
    'interaction_active_months_12m',
    'interaction_partners_count_12m',
    'rating_received_count_24m',
    'new_ties_count_12m',
    'oldest_tie_age_months',
    'transfer_partners_count_12m',
    'rating_given_count_24m',
] %}
{%- set shares = [
    'late_ties_ratio_12m',
    'negative_rating_ratio_24m',
    'ended_ties_ratio',
    'repeat_partner_ratio_12m',
] %}
{%- set measures = [
    'tie_age_mean_months',
    'rating_received_mean_24m',
    'ties_standing_mean',
] %}

with

consumers as (
    select * from {{ ref('int_scored_subjects') }}
    where subject_kind = 'consumer'
),

ties as (
    select * from {{ ref('int_social__tie_windows') }}
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
        consumers.subject_id,
        consumers.as_of_date,
        ties.reciprocated_ties_count,
        ties.tie_age_mean_months,
        ties.late_ties_ratio_12m,
        ties.new_ties_count_12m,
        ties.oldest_tie_age_months,
        ties.ended_ties_ratio,
        contacts.interaction_active_months_12m,
        contacts.interaction_partners_count_12m,
        contacts.rating_received_mean_24m,
        contacts.rating_received_count_24m,
        contacts.negative_rating_ratio_24m,
        contacts.transfer_partners_count_12m,
        contacts.rating_given_count_24m,
        contacts.repeat_partner_ratio_12m,
        standings.standing_mean as ties_standing_mean
    from consumers
    left join ties on {{ same_score('ties', 'consumers') }}
    left join contacts on {{ same_score('contacts', 'consumers') }}
    left join standings on {{ same_score('standings', 'consumers') }}
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
