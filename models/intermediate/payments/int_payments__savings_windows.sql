-- grain: one row per subject and as-of date

with

measured_subjects as (
    select * from {{ ref('int_measured_subjects') }}
),

holdings as (
    select * from {{ ref('int_payments__holdings') }}
),

deposit_days as (
    select * from {{ ref('int_payments__deposit_days') }}
),

latest_holdings as (
    select
        measured_subjects.subject_id,
        measured_subjects.as_of_date,
        holdings.holding_kind,
        max(holdings.event_date) as event_date
    from measured_subjects
    inner join holdings on {{ seen('holdings', 6) }}
    group by
        measured_subjects.subject_id,
        measured_subjects.as_of_date,
        holdings.holding_kind
),

holding_sums as (
    select
        latest_holdings.subject_id,
        latest_holdings.as_of_date,
        sum(holdings.unconverted_count) as unconverted_6m,
        sum(holdings.value_reference_amount) as value_6m,
        count(
            distinct case
                when holdings.held_count > 0
                    then holdings.holding_kind
            end
        ) as kinds_6m
    from latest_holdings
    inner join holdings
        on
            latest_holdings.subject_id = holdings.subject_id
            and latest_holdings.holding_kind = holdings.holding_kind
            and latest_holdings.event_date = holdings.event_date
            and latest_holdings.as_of_date > holdings.known_date
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
