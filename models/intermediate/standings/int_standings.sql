-- grain: one row per measured subject and as-of date with any evidence of its own
{%- set factors = own_factor_names().split() %}

with

relations as (
    select * from {{ ref('int_relations') }}
),

subjects as (
    select * from {{ ref('int_measured_subjects') }}
),

versions as (
    select * from {{ ref('int_score_versions') }}
    where is_champion
),

settings as (
    select * from {{ ref('int_factor_settings') }}
),

own_sums as (
    select * from {{ ref('int_own_sums') }}
),

wanted as (
    select distinct
        related_subject_id,
        standing_date
    from relations
),

evidence as (
    select
        {%- for factor in factors %}
        settings.{{ factor }}_global_weight_ratio,
        settings.{{ factor }}_full_evidence_weight,
        settings.{{ factor }}_offset_points,
        settings.{{ factor }}_scale_points,
        own_sums.{{ factor }}_weighted_points,
        case
            when settings.{{ factor }}_full_evidence_weight is not null
                then own_sums.{{ factor }}_evidence_weight
            else 0
        end as {{ factor }}_evidence_weight,
        {%- endfor %}
        own_sums.subject_id,
        own_sums.as_of_date
    from wanted
    inner join own_sums
        on
            wanted.related_subject_id = own_sums.subject_id
            and wanted.standing_date = own_sums.as_of_date
    inner join subjects on {{ same_score('own_sums', 'subjects') }}
    inner join versions
        on own_sums.score_version = versions.score_version
    inner join settings
        on
            own_sums.score_version = settings.score_version
            and subjects.subject_kind = settings.subject_kind
),

of_factors as (
    select
        {%- for factor in factors %}
        {{ factor }}_global_weight_ratio,
        {{ evidence_ratio(
            factor ~ '_evidence_weight', factor ~ '_full_evidence_weight'
        ) }} as {{ factor }}_evidence_ratio,
        {{ sub_score(
            factor ~ '_weighted_points', factor ~ '_evidence_weight',
            factor ~ '_offset_points', factor ~ '_scale_points'
        ) }} as {{ factor }}_sub_score,
        {%- endfor %}
        subject_id,
        as_of_date
    from evidence
    where
        {%- for factor in factors %}
        {{ factor }}_evidence_weight > 0 or
        {%- endfor %}
        false
),

-- Each product is rounded to a fixed decimal before anything is added. The weights
-- are those of all four, whatever the evidence: a factor of which nothing is known
-- says that the subject is ordinary.
sums as (
    select
        subject_id,
        as_of_date,
        {%- set terms = [] %}
        {%- set weights = [] %}
        {%- for factor in factors %}
        {%- do terms.append('coalesce(' ~ double_to_decimal(
            'cast(' ~ factor ~ '_global_weight_ratio as double)
            * cast(' ~ factor ~ '_evidence_ratio as double)
            * cast(' ~ factor ~ '_sub_score as double)', 18, 10
        ) ~ ', 0)') %}
        {%- do weights.append(
            'coalesce(' ~ factor ~ '_global_weight_ratio, 0)'
        ) %}
        {%- endfor %}
        {{ exact_sum(terms, 18, 10) }} as weighted_score,
        {{ exact_sum(weights, 18, 10) }} as total_weight_ratio
    from of_factors
),

standings as (
    select
        subject_id,
        as_of_date,
        {{ double_to_decimal(
            ratio('weighted_score', 'total_weight_ratio'), 18, 10
        ) }} as standing
    from sums
)

select * from standings
