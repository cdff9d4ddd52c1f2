-- grain: one row per scored subject, as-of date and subject whose standing counts
{#
    Of consumers their reciprocated ties, of businesses their owners: known by the as-of date and
    not known to have ended. Their standing is taken at the start of the as-of date's month, so
    that one standing serves everybody whom the same month scores.

    Applications lie on any day, so that each has ties to be measured for it alone: half as many pairs
    again as are scored. As long as no version weighs a standing, none is measured for them.
#}

with

standing_weights as (
    select count(*) as weights_count
    from {{ ref('attribute_weights') }}
    where attribute_name in ('ties_standing_mean', 'firm_owner_standing_mean')
),

scored_subjects as (
    select scored.*
    from {{ ref('int_scored_subjects') }} as scored
    cross join standing_weights
    where scored.is_asked_for or standing_weights.weights_count > 0
),

reciprocated_ties as (
    select * from {{ ref('int_social__reciprocated_ties') }}
),

owner_days as (
    select * from {{ ref('int_business__owner_days') }}
),

ties as (
    select distinct
        scored_subjects.subject_id,
        scored_subjects.as_of_date,
        reciprocated_ties.tie_subject_id as related_subject_id
    from scored_subjects
    inner join reciprocated_ties
        on {{ seen('reciprocated_ties', subjects='scored_subjects') }}
    where
        scored_subjects.subject_kind = 'consumer'
        and (
            reciprocated_ties.until_date is null
            or reciprocated_ties.until_date >= scored_subjects.as_of_date
        )
),

-- Of one ownership the latest report known by then decides whether it lasts.
ownerships as (
    select
        scored_subjects.subject_id,
        scored_subjects.as_of_date,
        owner_days.owner_subject_id,
        owner_days.until_date,
        row_number() over (
            partition by
                scored_subjects.subject_id,
                scored_subjects.as_of_date,
                owner_days.owner_subject_id,
                owner_days.event_date
            order by owner_days.known_date desc
        ) as latest_rank
    from scored_subjects
    inner join owner_days
        on {{ seen('owner_days', subjects='scored_subjects') }}
    where scored_subjects.subject_kind = 'business'
),

owners as (
    select distinct
        subject_id,
        as_of_date,
        owner_subject_id as related_subject_id
    from ownerships
    where
        latest_rank = 1
        and (until_date is null or until_date >= as_of_date)
),

related as (
    select * from ties
    union all
    select * from owners
),

relations as (
    select
        subject_id,
        as_of_date,
        related_subject_id,
        {{ month_start('as_of_date') }} as standing_date
    from related
)

select * from relations
