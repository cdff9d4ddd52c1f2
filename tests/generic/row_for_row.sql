{# Fails when a model has not as many rows as it is to have of another: a join lost or repeated some.
   of: the other. condition: which of its rows. times: how many rows are made of one. #}
{% test row_for_row(model, of, condition='true', times=1) %}
select
    made.rows_count as made_count,
    given.rows_count as given_count
from (select count(*) as rows_count from {{ model }}) as made
cross join (
    select count(*) * {{ times }} as rows_count from {{ of }} where {{ condition }}
) as given
where made.rows_count <> given.rows_count
{% endtest %}
