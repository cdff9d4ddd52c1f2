{# An amount in reference currency; null where the currency has no rate in seeds/currencies.csv. #}
{% macro reference_amount(amount, reference_units) -%}
    cast({{ amount }} * {{ reference_units }} as decimal(22, 4))
{%- endmacro %}
