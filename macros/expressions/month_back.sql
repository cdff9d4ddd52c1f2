{# The number, counted back from the as-of date, of the month an event lies in: 1 for the last.
   As of the first of a month these are calendar months; as of any other day no window holds a
   stump of a month. `months` caps the number: as of 31 March the window of one month starts on
   28 February, which is more than a month before. #}
{% macro month_back(event_date, as_of_date, months) -%}
    least(
        {{ whole_months_between(event_date, day_before(as_of_date)) }} + 1,
        {{ months }}
    )
{%- endmacro %}
