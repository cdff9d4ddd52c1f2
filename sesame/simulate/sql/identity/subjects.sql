-- Everyone's papers carry a mark that no real ones do: nobody is meant.
select
    subject_id,
    kind,
    'ZZ-SIM-' || getvariable('seed')::varchar
    || '-' || lpad(n::varchar, 10, '0') as identity_number,
    case
        when not is_consumer and k % 10 < 6
            then '虚构' || pick(
                u(k, 102), ['云帆', '明德', '远方', '和美', '万象']
            ) || pick(u(k, 103), ['商贸', '食品', '纺织', '电子'])
            || '有限公司' || n::varchar
        when not is_consumer
            then 'Fictitious ' || pick(
                u(k, 102), ['Harbour', 'Młyn', 'Étoile', 'Nordlys']
            ) || ' Trading ' || n::varchar
        when k % 10 < 6
            then pick(
                u(k, 104),
                ['赵', '钱', '孙', '李', '周', '吴', '郑', '王', '欧阳', '司马']
            ) || pick(u(k, 105), ['样', '例', '虚', '构', '拟', '试'])
            || pick(u(k, 106), ['一', '人', '名', '子', '明', '']) || n::varchar
        else
            pick(u(k, 104), ['Zoë', 'Łukasz', 'Ana', 'Søren', 'Noor', 'Ivo'])
            || ' ' || pick(
                u(k, 105), ['Example', 'Muster', 'Fictive', 'O''Sample']
            ) || '-' || n::varchar
    end as name,
    if(is_consumer, pick(u(k, 107), ['female', 'male']), null) as gender,
    if(
        is_consumer,
        pick(u(k, 108), ['single', 'married', 'married', 'divorced']),
        null
    ) as marital_status,
    'CN' as country,
    -- One consumer in fifty did not say when they were born.
    if(is_consumer and u(k, 109) > 0.02, birth_date, null) as birth_date,
    if(is_consumer, null, founding_date) as founding_date,
    registered_at,
    known(registered_at, registered_at - interval 1 day) as known_at
from people
