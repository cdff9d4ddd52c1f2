with owned as (
    select
        *,
        unnest(['real_estate', 'vehicle']) as asset_kind,
        unnest([0, 1]) as position
    from people
),

dated as (
    select
        *,
        registered_at + to_days(
            -2500 + floor(3000 * u(k, 221 + position))::integer
        ) as asset_registered_at
    from owned
    where
        u(k, 223 + position) < logistic(-1.2 + 0.8 * income + 0.2 * stability)
)

select
    'pv' || dated.n::varchar || '.' || dated.position::varchar as asset_id,
    dated.subject_id,
    dated.asset_kind as kind,
    'CNY' as currency,
    money(
        dated.monthly_income * if(dated.position = 0, 90, 12)
        * (0.5 + u(dated.k, 225 + dated.position))
    ) as value_amount,
    dated.asset_registered_at as registered_at,
    null::timestamp as disposed_at,
    known(dated.asset_registered_at, dated.registered_at) as known_at
from dated
