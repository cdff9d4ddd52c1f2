{# Fails when a rollup does not hold every row of its raw table exactly once: a day replaced twice,
   left out, or kept after its rows were removed. counts: the rollup's column that counts rows.
   of: the staging model. condition: which of its rows.
   Remedy: sesame build --full-refresh #}
{% test rollup_adds_up(model, counts, of, condition='true') %}
select
    rolled_up.rows_count as rolled_up_count,
    staged.rows_count as staged_count
from (select coalesce(sum({{ counts }}), 0) as rows_count from {{ model }})
    as rolled_up
cross join (
    select count(*) as rows_count from {{ of }} where {{ condition }}
) as staged
where rolled_up.rows_count <> staged.rows_count
{% endtest %}
