-- grain: one row per buyer, date on which cases were opened and date known

with

cases as (
    select * from {{ ref('stg_marketplace__refunds_and_disputes') }}
),

days as (
    select
        subject_id,
        cast(opened_at as date) as event_date,
        cast(known_at as date) as known_date,
        count(*) as cases_count,
        count(
            case when kind = 'refund' and outcome = 'granted' then 1 end
        ) as refunds_granted_count,
        count(
            case
                when kind = 'dispute' and outcome = 'lost_by_buyer' then 1
            end
        ) as disputes_lost_count
    from cases
    group by
        subject_id,
        cast(opened_at as date),
        cast(known_at as date)
)

select * from days
