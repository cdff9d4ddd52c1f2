-- grain: one row per consumer of the cohort
-- What comes in, what goes out, what is there. Flows are taken by month and
-- then as medians, which a bonus or a house does not move.
with flow_months as (
    select
        subject_id,
        date_trunc('month', occurred_at) as month_at,
        sum(amount) filter (where direction = 'in') as in_amount,
        sum(amount) filter (where direction = 'out') as out_amount,
        sum(amount) filter (
            where kind in ('salary', 'pension') and direction = 'in'
        ) as salary_amount,
        count(*) filter (where kind = 'loan' and direction = 'in') as loans,
        count(*) filter (where kind = 'cash') as cash_times,
        median(amount) filter (
            where kind = 'purchase' and direction = 'out'
        ) as purchase_amount
    from wallet_transactions
    group by subject_id, date_trunc('month', occurred_at)
),

flow_facts as (
    select
        subject_id,
        count(*) as months,
        median(in_amount) as in_amount,
        median(out_amount) as out_amount,
        median(purchase_amount) as purchase_amount,
        median(salary_amount) as salary_amount,
        count(salary_amount) / count(*) as salary_months_ratio,
        -- How far apart good and bad months lie, as a share of the median.
        (quantile_cont(in_amount, 0.9) - quantile_cont(in_amount, 0.1))::double
        / nullif(median(in_amount), 0)::double as in_spread_ratio,
        (
            quantile_cont(salary_amount, 0.9)
            - quantile_cont(salary_amount, 0.1)
        )::double
        / nullif(median(salary_amount), 0)::double as salary_spread_ratio,
        sum(out_amount)::double / nullif(sum(in_amount), 0)::double
            as spent_ratio,
        sum(in_amount) filter (
            where month_at >= getvariable('as_of') - interval 3 month
        )::double
        / nullif(sum(in_amount), 0)::double * count(*) as recent_in_ratio,
        sum(loans) as loans,
        sum(cash_times) / count(*) as cash_rate
    from flow_months
    group by subject_id
),

balance_facts as (
    select
        subject_id,
        median(balance_amount) as balance_amount,
        min(balance_amount) as lowest_amount,
        median(balance_amount) filter (
            where measured_at >= getvariable('as_of') - interval 3 month
        ) as recent_balance_amount,
        avg((balance_amount < 0)::integer) as overdrawn_ratio
    from wallet_balances
    group by subject_id
),

valuations as (
    select
        subject_id,
        measured_at,
        count(*) as kinds,
        sum(value_amount) as value_amount
    from holdings
    group by subject_id, measured_at
),

holding_facts as (
    select
        subject_id,
        median(value_amount) as holdings_amount,
        max_by(value_amount, measured_at) as latest_holdings_amount,
        max(kinds) as holding_kinds
    from valuations
    group by subject_id
),

order_facts as (
    select
        subject_id,
        count(*) as standing_orders,
        max(amount) as largest_amount,
        median(amount) as median_amount
    from standing_orders
    where coalesce(ended_at >= getvariable('as_of'), true)
    group by subject_id
),

insurance_facts as (
    select
        subject_id,
        count(*) as insured_months,
        median(base_amount) as base_amount,
        max_by(base_amount, row(covered_at, contribution_id))
            as latest_base_amount,
        date_diff('day', max(covered_at), getvariable('as_of')) as last_days,
        date_diff('month', min(covered_at), max(covered_at)) + 1 as span_months
    from social_insurance_months
    group by subject_id
),

asset_facts as (
    select
        subject_id,
        count(*) filter (where kind = 'real_estate') as homes,
        count(*) filter (where kind = 'vehicle') as vehicles,
        max(value_amount) filter (where kind = 'real_estate') as home_amount,
        max(value_amount) filter (where kind = 'vehicle') as vehicle_amount
    from property_and_vehicles
    where coalesce(disposed_at >= getvariable('as_of'), true)
    group by subject_id
)

select
    cohort.subject_id,
    flow_facts.months as flow_months,
    flow_facts.in_amount,
    flow_facts.out_amount,
    flow_facts.purchase_amount,
    flow_facts.salary_amount,
    flow_facts.salary_months_ratio,
    flow_facts.in_spread_ratio,
    flow_facts.salary_spread_ratio,
    flow_facts.spent_ratio,
    flow_facts.recent_in_ratio,
    flow_facts.loans,
    flow_facts.cash_rate,
    balance_facts.balance_amount,
    balance_facts.lowest_amount,
    balance_facts.recent_balance_amount,
    balance_facts.recent_balance_amount::double
    / nullif(balance_facts.balance_amount, 0)::double as recent_balance_ratio,
    balance_facts.balance_amount::double
    / nullif(flow_facts.out_amount, 0)::double as buffer_months,
    balance_facts.overdrawn_ratio,
    holding_facts.holdings_amount,
    holding_facts.latest_holdings_amount,
    holding_facts.latest_holdings_amount::double
    / nullif(holding_facts.holdings_amount, 0)::double as latest_holdings_ratio,
    coalesce(holding_facts.holding_kinds, 0) as holding_kinds,
    coalesce(order_facts.standing_orders, 0) as standing_orders,
    order_facts.largest_amount as standing_order_largest_amount,
    order_facts.median_amount as standing_order_median_amount,
    insurance_facts.insured_months,
    insurance_facts.insured_months / insurance_facts.span_months
        as insured_ratio,
    insurance_facts.base_amount,
    insurance_facts.latest_base_amount,
    insurance_facts.last_days as last_insured_days,
    coalesce(asset_facts.homes, 0) as homes,
    coalesce(asset_facts.vehicles, 0) as vehicles,
    asset_facts.home_amount,
    asset_facts.vehicle_amount
from cohort
left join flow_facts on cohort.subject_id = flow_facts.subject_id
left join balance_facts on cohort.subject_id = balance_facts.subject_id
left join holding_facts on cohort.subject_id = holding_facts.subject_id
left join order_facts on cohort.subject_id = order_facts.subject_id
left join insurance_facts on cohort.subject_id = insurance_facts.subject_id
left join asset_facts on cohort.subject_id = asset_facts.subject_id
