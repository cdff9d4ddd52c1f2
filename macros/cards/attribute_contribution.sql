{# Score points that an attribute gives, over a row that has its points and the subject's profile: what
   its bin's points are above an ordinary subject's, so that zero is what that subject gets; null
   without points. A fixed decimal before anything is added: every sum is exact and the same in any
   order. The row of int_subject_profiles is called `profiles`. #}
{% macro attribute_contribution(attribute, points) -%}
    {{ return(double_to_decimal(
        'cast(profiles.' ~ attribute.factor
        ~ '_score_points_per_point as double)
        * cast(cast(' ~ attribute.weight ~ ' as decimal(9, 4)) as double)
        * cast(' ~ points ~ ' - profiles.' ~ attribute.factor
        ~ '_offset_points as double)', 18, 6
    )) }}
{%- endmacro %}

{# And how much more its best bin would have given. #}
{% macro attribute_loss(attribute, contribution) -%}
    {%- set best = attribute_contribution(
        attribute, 'cast(' ~ attribute.best_points ~ ' as decimal(9, 4))'
    ) -%}
    {{ return(
        'cast(' ~ best ~ ' - ' ~ contribution ~ ' as decimal(18, 6))'
    ) }}
{%- endmacro %}
