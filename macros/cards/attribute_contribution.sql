{# Score points that an attribute gives, over a row that has its points and the subject's profile: what
   its bin's points are above an ordinary subject's, so that zero is what that subject gets. A fixed
   decimal before anything is added: every sum is exact and the same in any order. `profiles`: the
   row of int_subject_profiles. #}
{% macro attribute_contribution(attribute, points, profiles='profiles') -%}
    {{ return(score_points(
        attribute,
        points ~ ' - ' ~ profiles ~ '.' ~ attribute.factor ~ '_offset_points',
        profiles
    )) }}
{%- endmacro %}

{# And how many more its best bin would have given. #}
{% macro attribute_loss(attribute, points, profiles='profiles') -%}
    {{ return(score_points(
        attribute,
        'cast(' ~ attribute.best_points ~ ' as decimal(9, 4)) - ' ~ points,
        profiles
    )) }}
{%- endmacro %}

{% macro score_points(attribute, difference, profiles) -%}
    {{ return(double_to_decimal(
        'coalesce(
            cast(' ~ profiles ~ '.' ~ attribute.factor
            ~ '_score_points_per_point as double)
            * cast(cast(' ~ attribute.weight ~ ' as decimal(9, 4)) as double)
            * cast(' ~ difference ~ ' as double),
            0
        )', 18, 6
    )) }}
{%- endmacro %}
