{# The attributes of a mart in the types of its contract: what `measured` found in events, else
   what a partner `reported`. A report that the attribute's meaning rules out (a negative count, a
   share beyond 0 to 1) is no value: one bad report must not break the constraint, and the build.
   counts: whole numbers from 0; shares: 0 to 1; measures: any number; categories: words that
   only partners report; derived_categories: words that events give too. #}
{% macro attribute_columns(
    counts=[], shares=[], measures=[], categories=[], derived_categories=[]
) -%}
    {%- set columns = [] -%}
    {%- for name in counts -%}
        {%- do columns.append(
            "cast(coalesce(measured." ~ name ~ ", case when reported." ~ name
            ~ " >= 0 then reported." ~ name ~ " end) as bigint) as " ~ name
        ) -%}
    {%- endfor -%}
    {%- for name in shares -%}
        {%- do columns.append(
            double_to_decimal(
                "coalesce(measured." ~ name ~ ", case when reported." ~ name
                ~ " between 0 and 1 then cast(reported." ~ name
                ~ " as double) end)", 28, 10
            ) ~ " as " ~ name
        ) -%}
    {%- endfor -%}
    {%- for name in measures -%}
        {%- do columns.append(
            double_to_decimal(
                "coalesce(measured." ~ name ~ ", cast(reported." ~ name
                ~ " as double))", 28, 10
            ) ~ " as " ~ name
        ) -%}
    {%- endfor -%}
    {%- for name in categories -%}
        {%- do columns.append("reported." ~ name ~ " as " ~ name) -%}
    {%- endfor -%}
    {%- for name in derived_categories -%}
        {%- do columns.append(
            "coalesce(measured." ~ name ~ ", reported." ~ name ~ ") as " ~ name
        ) -%}
    {%- endfor -%}
    {{ columns | join(",\n        ") }}
{%- endmacro %}
