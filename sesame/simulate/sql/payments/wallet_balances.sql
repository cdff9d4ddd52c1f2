-- One reading at the end of each month: some months' income as a buffer, less
-- under strain; those with little are overdrawn at times.
with readings as (
    select
        *,
        month_at + interval 1 month - interval 30 hour as measured_at
    from life
    where reaches(month_at, 1)
)

select
    'wb' || n::varchar || '.' || month_number::varchar as balance_id,
    subject_id,
    'w' || n::varchar as account_id,
    'CNY' as currency,
    money(
        monthly_income * if(
            u(mk, 98) < logistic(
                -3.8 - 0.7 * income + 0.3 * income_volatility + 2.0 * distress
            ),
            -0.2 * u(mk, 99),
            exp(
                -0.5 + 0.4 * income + 0.1 * reliability - 1.2 * distress
                + 0.35 * exp(0.3 * income_volatility) * z(mk, 100)
            )
        )
    ) as balance_amount,
    measured_at,
    known(measured_at, registered_at) as known_at
from readings
where measured_at >= registered_at
