with completed as (
    select
        *,
        least(6, greatest(1, 3 + round(
            0.9 * z(k, 211) + 0.4 * income + 0.2 * stability
        )::integer)) as position
    from people
    where is_consumer and u(k, 212) < 0.85
),

dated as (
    select
        *,
        birth_date::timestamp
        + to_days(365 * [12, 18, 19, 22, 25, 29][position] + 180)
            as completed_at
    from completed
)

select
    'ed' || n::varchar as education_id,
    subject_id,
    [
        'primary', 'secondary', 'vocational', 'bachelor', 'master', 'doctorate'
    ][position] as level,
    completed_at,
    known(completed_at, registered_at) as known_at
from dated
