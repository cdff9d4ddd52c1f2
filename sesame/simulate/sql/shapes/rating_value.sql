-- grain: one row per value of a rating, with the number of ratings
select
    if(value = 0, '0', format('{:+d}', value)) as category,
    count(*) as row_count
from consumer_ratings
group by value
