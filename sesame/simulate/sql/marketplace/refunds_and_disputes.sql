-- Unreliable buyers send a little more back and lose more disputes; unreliable
-- shops are the reason for more and lose more of theirs.
with opened as (
    select
        *,
        u(k_order, 13) < 0.15 as is_dispute,
        arrived_at + to_hours(
            2 + floor(24 * 9 * u(k_order, 14))::integer
        ) as opened_at,
        logistic(
            0.2 + 0.9 * reliability - 0.9 * shop_reliability
        ) as chance_of_buyer
    from purchases
    where
        not is_cancelled
        and not is_fake
        and u(k_order, 15)
        < logistic(-2.9 - 0.2 * reliability - 0.5 * shop_reliability)
)

select
    'rd' || opened.order_id as case_id,
    opened.order_id,
    opened.subject_id,
    opened.shop_id,
    'CNY' as currency,
    if(opened.is_dispute, 'dispute', 'refund') as kind,
    case
        when
            opened.is_dispute
            and u(opened.k_order, 16) < opened.chance_of_buyer
            then 'won_by_buyer'
        when opened.is_dispute then 'lost_by_buyer'
        when u(opened.k_order, 16) < 0.88 then 'granted'
        else 'declined'
    end as outcome,
    order_amounts.dearest_amount as amount,
    opened.opened_at,
    known(opened.opened_at, opened.registered_at) as known_at
from opened
inner join order_amounts on opened.order_id = order_amounts.order_id
