-- grain: one row per subject and as-of date

with

measured_subjects as (
    select * from {{ ref('int_measured_subjects') }}
),

interactions as (
    select * from {{ ref('int_social__interactions') }}
),

rating_days as (
    select * from {{ ref('int_social__rating_days') }}
),

rating_given_days as (
    select * from {{ ref('int_social__rating_given_days') }}
),

-- Not cut to a window: whoever ever had contact has counts, if need be of zero.
partner_windows as (
    select
        measured_subjects.subject_id,
        measured_subjects.as_of_date,
        interactions.partner_subject_id,
        coalesce(bit_or(
            case
                when {{ in_window('interactions.event_date',
                    'measured_subjects.as_of_date', 12) }}
                    then {{ bit_of(month_back('interactions.event_date',
                        'measured_subjects.as_of_date', 12)) }}
            end
        ), 0) as months_12m,
        {{ window_sum('interactions', 'transfers', 12) }}
            as transfers_12m
    from measured_subjects
    inner join interactions on {{ seen('interactions') }}
    group by
        measured_subjects.subject_id,
        measured_subjects.as_of_date,
        interactions.partner_subject_id
),

interaction_sums as (
    select
        subject_id,
        as_of_date,
        bit_count(bit_or(months_12m)) as active_12m,
        count(case when months_12m > 0 then 1 end) as partners_12m,
        count(case when bit_count(months_12m) > 1 then 1 end) as repeat_12m,
        count(case when transfers_12m > 0 then 1 end) as transfer_partners_12m
    from partner_windows
    group by subject_id, as_of_date
),

rating_sums as (
    select
        measured_subjects.subject_id,
        measured_subjects.as_of_date,
        {{ window_sum('rating_days', 'ratings_count', 24) }}
            as ratings_24m,
        {{ window_sum('rating_days', 'negative_count', 24) }}
            as negative_24m,
        {{ window_sum('rating_days', 'rating_sum', 24) }}
            as rating_24m
    from measured_subjects
    inner join rating_days on {{ seen('rating_days') }}
    group by measured_subjects.subject_id, measured_subjects.as_of_date
),

given_sums as (
    select
        measured_subjects.subject_id,
        measured_subjects.as_of_date,
        {{ window_sum('rating_given_days', 'ratings_count', 24) }} as given_24m
    from measured_subjects
    inner join rating_given_days on {{ seen('rating_given_days') }}
    group by measured_subjects.subject_id, measured_subjects.as_of_date
),

measured as (
    select
        measured_subjects.subject_id,
        measured_subjects.as_of_date,
        interaction_sums.active_12m as interaction_active_months_12m,
        interaction_sums.partners_12m as interaction_partners_count_12m,
        interaction_sums.transfer_partners_12m as transfer_partners_count_12m,
        {{ ratio('interaction_sums.repeat_12m',
            'interaction_sums.partners_12m') }} as repeat_partner_ratio_12m,
        {{ ratio('rating_sums.rating_24m', 'rating_sums.ratings_24m') }}
            as rating_received_mean_24m,
        rating_sums.ratings_24m as rating_received_count_24m,
        {{ ratio('rating_sums.negative_24m', 'rating_sums.ratings_24m') }}
            as negative_rating_ratio_24m,
        given_sums.given_24m as rating_given_count_24m
    from measured_subjects
    left join interaction_sums on {{ same_score('interaction_sums') }}
    left join rating_sums on {{ same_score('rating_sums') }}
    left join given_sums on {{ same_score('given_sums') }}
)

select * from measured
