-- One reading at the end of each month: some months' income as a buffer, less
-- under strain; the unreliable are overdrawn at times.
with readings as (
    select
        *,
        month_at + interval 1 month - interval 30 hour as measured_at
    from life
)

select
    'wb' || n::varchar || '.' || month_number::varchar as balance_id,
    subject_id,
    'w' || n::varchar as account_id,
    'CNY' as currency,
    money(
        monthly_income * if(
            u(mk, 98) < logistic(-3.8 - 1.1 * reliability + 2.0 * distress),
            -0.2 * u(mk, 99),
            exp(
                -0.5 + 0.5 * reliability + 0.2 * stability - 1.2 * distress
                + 0.35 * z(mk, 100)
            )
        )
    ) as balance_amount,
    measured_at,
    known(measured_at, registered_at) as known_at
from readings
where measured_at >= registered_at
