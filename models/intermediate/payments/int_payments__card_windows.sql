-- grain: one row per subject and as-of date with card statements in 12 months

with

measured_subjects as (
    select * from {{ ref('int_measured_subjects') }}
),

statements as (
    select * from {{ ref('int_payments__account_statements') }}
),

-- Many lenders hand over statements only, so that an account may never be known,
-- or later than its statements: the published Taiwanese cards have six
-- statements each and no opening date to make an account of. Until the account
-- is known, a statement with a limit is taken for one of a card, the commonest
-- revolving line: loans have a principal and no limit. Once it is known, its
-- kind decides. What is known later must not change an earlier score, hence
-- the comparison with the date and not with whether there is an account.
card_sums as (
    select
        measured_subjects.subject_id,
        measured_subjects.as_of_date,
        sum(statements.on_time_count) as on_time_12m,
        sum(statements.rated_count) as rated_12m,
        sum(statements.minimum_known_count) as minimum_known_12m,
        {{ active_months('statements', 'minimum_payment_count', 12) }}
            as minimum_payment_months_12m,
        sum(statements.paid_known_count) as paid_known_12m,
        {{ active_months('statements', 'full_payment_count', 12) }}
            as full_payment_months_12m,
        {{ window_sum('statements', 'utilisation_ratio', 6) }}
            as utilisation_6m,
        {{ window_sum('statements', 'utilisation_count', 6) }}
            as utilisation_count_6m,
        {{ window_sum('statements', 'utilisation_ratio', 3) }}
            as later_utilisation,
        {{ window_sum('statements', 'utilisation_count', 3) }}
            as later_utilisation_count,
        max({{ window_value('statements', 'utilisation_ratio', 6) }})
            as utilisation_peak_6m,
        {{ window_sum('statements', 'unconverted_count', 6) }}
            as unconverted_6m,
        {{ window_sum('statements', 'billed_reference_amount', 6) }}
            as billed_6m,
        {{ window_sum('statements', 'paid_reference_amount', 6) }}
            as paid_6m,
        {{ window_sum('statements', 'paid_known_count', 6) }}
            as paid_known_6m,
        {{ window_sum('statements', 'without_rate_count', 6) }}
            as without_rate_6m,
        max({{ window_value('statements', 'limit_reference_amount', 6) }})
            as limit_6m,
        {{ window_sum('statements', 'balance_reference_amount', 6) }}
            as balance_6m,
        {{ window_sum('statements', 'statements_count', 6) }}
            as statements_6m
    from measured_subjects
    inner join statements
        on
            {{ seen('statements', 12) }}
    where
        case
            when
                statements.account_known_date
                < measured_subjects.as_of_date
                then statements.account_kind = 'card'
            else statements.has_limit
        end
    group by measured_subjects.subject_id, measured_subjects.as_of_date
),

-- The difference of two means as one quotient of what is exact.
changes as (
    select
        *,
        later_utilisation_count
        * (utilisation_count_6m - later_utilisation_count) as pairs_count,
        cast(later_utilisation as decimal(28, 10))
        * cast(utilisation_count_6m as decimal(6, 0))
        - cast(utilisation_6m as decimal(28, 10))
        * cast(later_utilisation_count as decimal(6, 0)) as weighted_change
    from card_sums
),

measured as (
    select
        subject_id,
        as_of_date,
        {{ ratio('on_time_12m', 'rated_12m') }} as card_on_time_ratio_12m,
        {{ ratio('utilisation_6m', 'utilisation_count_6m') }}
            as card_utilisation_mean_6m,
        cast(utilisation_peak_6m as double) as card_utilisation_peak_6m,
        {{ exact_quotient('weighted_change', 'pairs_count') }}
            as card_utilisation_change_6m,
        case
            when without_rate_6m = 0 then cast(limit_6m as double)
        end as card_limit_6m,
        case
            when without_rate_6m = 0
                then {{ ratio('balance_6m', 'statements_6m') }}
        end as card_balance_mean_6m,
        case
            when unconverted_6m = 0
                then {{ ratio('paid_6m', 'paid_known_6m') }}
        end as card_paid_mean_6m,
        case
            when unconverted_6m = 0
                then {{ ratio('paid_6m', 'billed_6m') }}
        end as payment_to_balance_ratio_6m,
        case
            when minimum_known_12m > 0 then minimum_payment_months_12m
        end as minimum_payment_months_12m,
        case
            when paid_known_12m > 0 then full_payment_months_12m
        end as full_payment_months_12m
    from changes
)

select * from measured
