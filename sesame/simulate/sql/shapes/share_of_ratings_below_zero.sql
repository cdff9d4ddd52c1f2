-- grain: one row: the share of ratings below zero
select count(*) filter (where value < 0) / count(*) as value
from consumer_ratings
