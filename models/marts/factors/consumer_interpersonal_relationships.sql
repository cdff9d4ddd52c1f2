-- grain: one row per consumer and as-of date

{%- set counts = [
    'reciprocated_ties_count',
    'interaction_active_months_12m',
    'interaction_partners_count_12m',
    'rating_received_count_24m',
] %}
{%- set shares = [
    'late_ties_ratio_12m',
    'negative_rating_ratio_24m',
] %}
{%- set measures = [
    'tie_age_mean_months',
    'rating_received_mean_24m',
] %}

with

consumers as (
    select * from {{ ref('int_scoring_subjects') }}
    where subject_kind = 'consumer'
),

reciprocated_ties as (
    select * from {{ ref('int_social__reciprocated_ties') }}
),

interaction_months as (
    select * from {{ ref('int_social__interaction_months') }}
),

rating_days as (
    select * from {{ ref('int_social__rating_days') }}
),

obligation_days as (
    select * from {{ ref('int_payments__obligation_days') }}
),

reported_attributes as (
    select * from {{ ref('int_partners__reported_attributes') }}
),

reported as (
    {{ pivot_reported('reported_attributes', counts + shares + measures) }}
),

standing_ties as (
    select
        consumers.subject_id,
        consumers.as_of_date,
        reciprocated_ties.tie_subject_id,
        min(
            case
                when reciprocated_ties.until_date < consumers.as_of_date then null
                else reciprocated_ties.event_date
            end
        ) as mutual_date
    from consumers
    inner join reciprocated_ties
        on {{ seen('reciprocated_ties') }}
    group by
        consumers.subject_id,
        consumers.as_of_date,
        reciprocated_ties.tie_subject_id
),

tie_ages as (
    select
        subject_id,
        as_of_date,
        count(mutual_date) as ties,
        sum({{ whole_months_between('mutual_date', 'as_of_date') }})
            as tie_months
    from standing_ties
    group by subject_id, as_of_date
),

tie_standings as (
    select
        standing_ties.subject_id,
        standing_ties.as_of_date,
        standing_ties.tie_subject_id,
        max(case when obligation_days.late_count > 0 then 1 else 0 end)
            as was_late
    from standing_ties
    inner join obligation_days
        on
            standing_ties.tie_subject_id = obligation_days.subject_id
            and {{ known_before('obligation_days', 'standing_ties') }}
            and {{ in_window('obligation_days.event_date',
                'standing_ties.as_of_date', 12) }}
            and obligation_days.rated_count > 0
    where standing_ties.mutual_date is not null
    group by
        standing_ties.subject_id,
        standing_ties.as_of_date,
        standing_ties.tie_subject_id
),

late_ties as (
    select
        subject_id,
        as_of_date,
        count(*) as ties_12m,
        sum(was_late) as late_ties_12m
    from tie_standings
    group by subject_id, as_of_date
),

interaction_sums as (
    select
        consumers.subject_id,
        consumers.as_of_date,
        count(
            distinct {{ window_value('interaction_months', 'event_date', 12) }}
        ) as active_months_12m,
        count(
            distinct {{ window_value('interaction_months', 'partner_subject_id', 12) }}
        ) as partners_12m
    from consumers
    inner join interaction_months
        on {{ seen('interaction_months') }}
    group by consumers.subject_id, consumers.as_of_date
),

rating_sums as (
    select
        consumers.subject_id,
        consumers.as_of_date,
        {{ window_sum('rating_days', 'ratings_count', 24) }}
            as ratings_24m,
        {{ window_sum('rating_days', 'negative_count', 24) }}
            as negative_24m,
        {{ window_sum('rating_days', 'rating_sum', 24) }}
            as rating_24m
    from consumers
    inner join rating_days
        on {{ seen('rating_days') }}
    group by consumers.subject_id, consumers.as_of_date
),

measured as (
    select
        consumers.subject_id,
        consumers.as_of_date,
        tie_ages.ties as reciprocated_ties_count,
        {{ ratio('tie_ages.tie_months', 'tie_ages.ties') }}
            as tie_age_mean_months,
        interaction_sums.active_months_12m as interaction_active_months_12m,
        interaction_sums.partners_12m as interaction_partners_count_12m,
        {{ ratio('late_ties.late_ties_12m', 'late_ties.ties_12m') }}
            as late_ties_ratio_12m,
        {{ ratio('rating_sums.rating_24m', 'rating_sums.ratings_24m') }}
            as rating_received_mean_24m,
        rating_sums.ratings_24m as rating_received_count_24m,
        {{ ratio('rating_sums.negative_24m', 'rating_sums.ratings_24m') }}
            as negative_rating_ratio_24m
    from consumers
    left join tie_ages on {{ same_score('tie_ages') }}
    left join late_ties on {{ same_score('late_ties') }}
    left join interaction_sums on {{ same_score('interaction_sums') }}
    left join rating_sums on {{ same_score('rating_sums') }}
),

attributes as (
    select
        measured.subject_id,
        measured.as_of_date,
        {{ attribute_columns(counts=counts,
            shares=shares,
            measures=measures) }}
    from measured
    left join reported on {{ same_score('reported', 'measured') }}
)

select * from attributes
