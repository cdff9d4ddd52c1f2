-- grain: one row per subject and as-of date with any balance reading

with

measured_subjects as (
    select * from {{ ref('int_measured_subjects') }}
),

balances as (
    select * from {{ ref('int_payments__wallet_balances') }}
),

-- Not cut to a window: whoever ever had a balance has a count, if need of zero.
balance_sums as (
    select
        measured_subjects.subject_id,
        measured_subjects.as_of_date,
        {{ window_sum('balances', 'readings_count', 6) }}
            as readings_6m,
        {{ window_sum('balances', 'unconverted_count', 6) }}
            as unconverted_6m,
        {{ window_sum('balances', 'balance_reference_amount', 6) }}
            as balance_6m,
        -- the later half of the six months
        {{ window_sum('balances', 'readings_count', 3) }}
            as later_readings,
        {{ window_sum('balances', 'balance_reference_amount', 3) }}
            as later_balance,
        min({{ window_value('balances', 'balance_reference_amount', 6) }})
            as minimum_6m,
        {{ window_sum('balances', 'below_zero_count', 12) }}
            as overdrawn_12m
    from measured_subjects
    inner join balances on {{ seen('balances') }}
    group by measured_subjects.subject_id, measured_subjects.as_of_date
),

measured as (
    select
        subject_id,
        as_of_date,
        case
            when unconverted_6m = 0
                then {{ ratio('balance_6m', 'readings_6m') }}
        end as balance_mean_6m,
        case
            when unconverted_6m = 0 then cast(minimum_6m as double)
        end as balance_minimum_6m,
        case
            when unconverted_6m = 0
                then
                    {{ ratio('later_balance', 'later_readings') }}
                    - {{ ratio('(balance_6m - later_balance)',
                        '(readings_6m - later_readings)') }}
        end as balance_change_6m,
        overdrawn_12m as overdrawn_readings_count_12m
    from balance_sums
)

select * from measured
