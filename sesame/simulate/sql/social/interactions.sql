-- Mutual ties write to one another, month by month, the settled more steadily.
with months as (
    select distinct
        month_at,
        month_number
    from life
),

exchanged as (
    select
        ties.*,
        months.month_at,
        months.month_number,
        key_of('interactions', ties.kt, months.month_number) as ki
    from ties
    inner join months
        on
            ties.registered_at <= months.month_at
            and ties.since_at <= months.month_at
    where ties.is_mutual
)

select
    'ia' || from_n::varchar || '.' || to_n::varchar
    || '.' || month_number::varchar as interaction_id,
    from_subject_id,
    to_subject_id,
    (1 + floor(-ln(u(ki, 2)) * 20))::integer as messages,
    count_of(u(ki, 3), 0.5)::integer as transfers,
    month_at,
    known(month_at, registered_at) as known_at
from exchanged
where u(ki, 1) < logistic(-0.4 + 0.6 * stability)
