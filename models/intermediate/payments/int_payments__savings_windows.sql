-- grain: one row per subject and as-of date

with

measured_subjects as (
    select * from {{ ref('int_measured_subjects') }}
),

holding_days as (
    select * from {{ ref('int_payments__holding_days') }}
),

deposit_days as (
    select * from {{ ref('int_payments__deposit_days') }}
),

latest_holdings as (
    select
        measured_subjects.subject_id,
        measured_subjects.as_of_date,
        holding_days.holding_kind,
        max(holding_days.event_date) as event_date
    from measured_subjects
    inner join holding_days on {{ seen('holding_days', 6) }}
    group by
        measured_subjects.subject_id,
        measured_subjects.as_of_date,
        holding_days.holding_kind
),

holding_sums as (
    select
        latest_holdings.subject_id,
        latest_holdings.as_of_date,
        sum(holding_days.unconverted_count) as unconverted_6m,
        sum(holding_days.value_reference_amount) as value_6m,
        count(
            distinct case
                when holding_days.held_count > 0
                    then holding_days.holding_kind
            end
        ) as kinds_6m
    from latest_holdings
    inner join holding_days
        on
            latest_holdings.subject_id = holding_days.subject_id
            and latest_holdings.holding_kind = holding_days.holding_kind
            and latest_holdings.event_date = holding_days.event_date
            and latest_holdings.as_of_date > holding_days.known_date
    group by latest_holdings.subject_id, latest_holdings.as_of_date
),

deposit_sums as (
    select
        measured_subjects.subject_id,
        measured_subjects.as_of_date,
        sum(deposit_days.deposits_count) as deposits_24m,
        sum(deposit_days.returned_count) as returned_24m
    from measured_subjects
    inner join deposit_days on {{ seen('deposit_days', 24) }}
    group by measured_subjects.subject_id, measured_subjects.as_of_date
),

measured as (
    select
        measured_subjects.subject_id,
        measured_subjects.as_of_date,
        case
            when holding_sums.unconverted_6m = 0
                then cast(holding_sums.value_6m as double)
        end as holdings_value_6m,
        holding_sums.kinds_6m as holding_kinds_count_6m,
        {{ ratio('deposit_sums.returned_24m', 'deposit_sums.deposits_24m') }}
            as deposits_returned_ratio_24m
    from measured_subjects
    left join holding_sums on {{ same_score('holding_sums') }}
    left join deposit_sums on {{ same_score('deposit_sums') }}
)

select * from measured
