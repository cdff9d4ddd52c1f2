{# The five factors, as in seeds/factors.csv; each has a mart per kind of subject. #}
{% macro factor_names() -%}
    {{ return([
        'credit_history',
        'behaviour_preference',
        'fulfilment_capacity',
        'personal_characteristics',
        'interpersonal_relationships',
    ]) }}
{%- endmacro %}

{# The four that speak of the subject itself. #}
{% macro own_factor_names() -%}
    {{ return(
        factor_names() | reject('equalto', 'interpersonal_relationships') | list
    ) }}
{%- endmacro %}
