{# The number, counted back from the as-of date, of the month an event lies in: 1 for the last.
   As of the first of a month these are calendar months; as of any other day no window holds a
   stump of a month. `months` caps the number: as of 31 March the window of one month starts on
   28 February, which is more than a month before. Not the whole months to the day before: from
   31 May to 30 June is none, but as of 1 July, May is the second month back. #}
{% macro month_back(event_date, as_of_date, months) -%}
    least(
        {{ whole_months_between(
            month_start(event_date), month_start(as_of_date)
        ) }}
        + case
            when
                extract(day from {{ event_date }})
                < extract(day from {{ as_of_date }})
                then 1
            else 0
        end,
        {{ months }}
    )
{%- endmacro %}
