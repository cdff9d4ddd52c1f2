-- One late bill in two hundred is objected to; a third of the objections that
-- are resolved is upheld.
with raised as (
    select
        bill_id,
        subject_id,
        kb,
        coalesce(paid_at, due_at + interval 90 day) + interval 10 day
            as raised_at
    from bill_list
    where (is_late or is_unpaid) and u(kb, 7) < 0.005
),

resolved as (
    select
        *,
        if(
            u(kb, 8) < 0.8,
            raised_at + to_days(3 + floor(15 * u(kb, 9))::integer),
            null
        ) as resolved_at
    from raised
)

select
    'ob' || bill_id as objection_id,
    subject_id,
    'payments' as domain,
    'bills' as table_name,
    bill_id as item_key,
    if(
        resolved_at is null,
        null,
        if(u(kb, 10) < 0.33, 'upheld', 'rejected')
    ) as outcome,
    raised_at,
    resolved_at,
    coalesce(resolved_at, raised_at) as known_at
from resolved
