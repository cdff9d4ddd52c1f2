{#
    One step of Newton's method for a logistic regression of no default on the score's log-odds, per
    segment: from the intercept and slope of the CTE `previous`, over what happened per score in the
    CTE `counts`. Every term is rounded to a decimal before it is added, so that sums are exact in any
    order. The step is damped by ln(1 + d) / d, where d is the most that it would change anybody's
    log-odds: with that the method converges from anywhere (Sun and Tran-Dinh 2019, for functions
    like this one's), where the full step may overshoot few defaults. Where all scores are equal, or
    separated outcomes make the fit run away, the determinant ends at zero and the rest is null.
    With fits_slope=false the slope stays what the first step had.
    In three levels, no more: Spark's analyzer takes a round for each, and its rounds are counted.
#}
{% macro newton_step(previous, fits_slope=true) %}
    {%- set keys = 'definition, score_version, segment_type, segment' %}
    {%- set weight = 'cases * good_probability * (1 - good_probability)' %}
    {%- set residual = '(good_count - cases * good_probability)' %}
    {%- set sums = [
        ('weight_sum', weight),
        ('weighted_sum', weight ~ ' * log_odds'),
        ('weighted_square_sum', weight ~ ' * log_odds * log_odds'),
        ('residual_sum', residual),
        ('weighted_residual_sum', residual ~ ' * log_odds'),
    ] %}
    {%- set determinant =
        'nullif(weight_sum * weighted_square_sum'
        ~ ' - weighted_sum * weighted_sum, 0)' %}
    {%- set intercept_step =
        '(weighted_square_sum * residual_sum'
        ~ ' - weighted_sum * weighted_residual_sum) / ' ~ determinant %}
    {%- set slope_step =
        '(weight_sum * weighted_residual_sum'
        ~ ' - weighted_sum * residual_sum) / ' ~ determinant %}
    {%- if not fits_slope %}
    {%- set determinant = 'nullif(weight_sum, 0)' %}
    {%- set intercept_step = 'residual_sum / ' ~ determinant %}
    {%- set slope_step = '0' %}
    {%- endif %}
    {%- set farthest =
        'greatest(abs(' ~ intercept_step ~ ' + ' ~ slope_step ~ ' * lowest), '
        ~ 'abs(' ~ intercept_step ~ ' + ' ~ slope_step ~ ' * highest))' %}
    {%- set damping =
        'case when ' ~ farthest ~ ' > 0 then ln(1 + ' ~ farthest ~ ') / '
        ~ farthest ~ ' else 1 end' %}
    select
        {{ keys }},
        lowest,
        highest,
        weight_sum,
        weighted_square_sum,
        {{ determinant }} as determinant,
        {{ farthest }} as farthest,
        intercept + {{ intercept_step }} * {{ damping }} as intercept,
        slope + {{ slope_step }} * {{ damping }} as slope
    from (
        select
            {{ keys }},
            intercept,
            slope,
            lowest,
            highest,
            {%- for name, term in sums %}
            cast(
                sum({{ double_to_decimal(term, 28, 10) }}) as double
            ) as {{ name }}{{ ',' if not loop.last }}
            {%- endfor %}
        from (
            select
                counts.*,
                {{ previous }}.intercept,
                {{ previous }}.slope,
                {{ previous }}.lowest,
                {{ previous }}.highest,
                1 - {{ default_probability(
                    previous ~ '.intercept + ' ~ previous
                    ~ '.slope * counts.log_odds'
                ) }} as good_probability
            from counts
            inner join {{ previous }}
                on {{ same_segment('counts', previous) }}
        ) as predicted
        group by {{ keys }}, intercept, slope, lowest, highest
    ) as summed
{% endmacro %}

{#
    The CTEs of twelve such steps, from step_0 to step_12, and before them `counts`: what happened per
    score of each segment with outcomes of both kinds. From `intercept` and `slope`, expressions over
    the segment's counts. Reads the CTE outcome_counts.
#}
{% macro newton_steps(intercept, slope, fits_slope=true) %}
{%- set keys = 'definition, score_version, segment_type, segment' -%}
counts as (
    select
        {{ keys }},
        default_count,
        good_count,
        default_count + good_count as cases,
        cast(log_odds as double) as log_odds
    from outcome_counts
    where score is not null and default_count + good_count > 0
),

step_0 as (
    select
        {{ keys }},
        {{ intercept }} as intercept,
        {{ slope }} as slope,
        min(log_odds) as lowest,
        max(log_odds) as highest
    from counts
    group by {{ keys }}
    having sum(default_count) > 0 and sum(good_count) > 0
)
{%- for step in range(12) -%}
,

step_{{ step + 1 }} as (
    {{ newton_step('step_' ~ step, fits_slope) }}
)
{%- endfor %}
{%- endmacro %}
