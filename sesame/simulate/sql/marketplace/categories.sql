-- Two levels: two trees of six kinds of goods.
select
    'k' || position::varchar as category_id,
    if(position < 10, null, 'k' || (position % 2 + 1)::varchar)
        as parent_category_id,
    if(
        position < 10,
        ['日用 everyday', '耐用 durable'][position],
        [
            '食品 food', '电器 appliances', '服装 clothes',
            '手机 phones', '美妆 cosmetics', '家具 furniture',
            '图书 books', '汽配 car parts', '母婴 baby goods',
            '珠宝 jewellery', '宠物 pets', '运动 sports'
        ][position - 9]
    ) as category_name,
    timestamp '2015-01-01' as effective_at,
    timestamp '2015-01-02 04:00:00' as known_at
from (
    select unnest([1, 2] || range(10, 22)) as position
) as numbered
