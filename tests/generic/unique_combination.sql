{# Fails on each combination of the columns that more than one row has: the
   grain of a long table, whose primary key would cost more than its build. #}
{% test unique_combination(model, columns) %}
select
    {{ columns | join(", ") }},
    count(*) as rows_count
from {{ model }}
group by {{ columns | join(", ") }}
having count(*) > 1
{% endtest %}
