-- grain: one row per subject and as-of date with a transaction in twelve months

with

wallet_months as (
    select * from {{ ref('int_payments__wallet_months') }}
),

-- The six months' totals, also in whole units of currency, whose squares fit a
-- decimal.
months as (
    select
        subject_id,
        as_of_date,
        inflow_months,
        salary_months,
        top_up_months,
        {%- for amount in ['in', 'out', 'out_cash'] %}
        case
            when month_of_6 is not null then {{ amount }}_reference_amount
            else 0
        end as {{ amount }}_amount,
        {%- endfor %}
        {%- for amount in ['in', 'salary', 'top_up'] %}
        case
            when month_of_6 is not null
                then cast({{ amount }}_reference_amount as decimal(19, 0))
            else 0
        end as {{ amount }}_whole_amount,
        {%- endfor %}
        case when month_of_6 is not null then transactions_count else 0 end
            as transactions_count,
        case when month_of_6 is not null then unconverted_count else 0 end
            as unconverted_count
    from wallet_months
),

sums as (
    select
        subject_id,
        as_of_date,
        {%- for amount in ['in', 'out', 'out_cash'] %}
        sum({{ amount }}_amount) as {{ amount }}_6m,
        {%- endfor %}
        {%- for amount in ['in', 'salary', 'top_up'] %}
        sum({{ amount }}_whole_amount) as {{ amount }}_whole_6m,
        sum({{ amount }}_whole_amount * {{ amount }}_whole_amount)
            as {{ amount }}_squares_6m,
        {%- endfor %}
        {%- for kind in ['inflow', 'salary', 'top_up'] %}
        bit_count(bit_or({{ kind }}_months)) as {{ kind }}_months_12m,
        {%- endfor %}
        cast(sum(transactions_count) as bigint) as transactions_6m,
        cast(sum(unconverted_count) as bigint) as unconverted_6m
    from months
    group by subject_id, as_of_date
)

select * from sums
