-- grain: one row per measured subject and as-of date with any evidence of its own

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

factors as (
    select * from {{ ref('factors') }}
    where is_enabled
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

own_factors as (
    select
        own_sums.subject_id,
        own_sums.as_of_date,
        subjects.subject_kind,
        factors.score_version,
        factors.global_weight_ratio,
        {{ evidence_ratio(
            'own_sums.evidence_weight', 'factors.full_evidence_weight'
        ) }} as evidence_ratio,
        {{ sub_score(
            'own_sums.weighted_points', 'own_sums.evidence_weight',
            'factors.offset_points', 'factors.scale_points'
        ) }} as sub_score
    from wanted
    inner join own_sums
        on
            wanted.related_subject_id = own_sums.subject_id
            and wanted.standing_date = own_sums.as_of_date
    inner join subjects
        on
            own_sums.subject_id = subjects.subject_id
            and own_sums.as_of_date = subjects.as_of_date
    inner join versions
        on own_sums.score_version = versions.score_version
    inner join factors
        on
            own_sums.score_version = factors.score_version
            and subjects.subject_kind = factors.subject_kind
            and own_sums.factor = factors.factor
),

-- Of all four factors, whatever the evidence: a factor of which nothing is known
-- says that the subject is ordinary.
total_weights as (
    select
        factors.score_version,
        factors.subject_kind,
        sum(factors.global_weight_ratio) as total_weight_ratio
    from factors
    where factors.factor <> 'interpersonal_relationships'
    group by factors.score_version, factors.subject_kind
),

-- Each product is rounded to a fixed decimal before anything is added.
sums as (
    select
        subject_id,
        as_of_date,
        subject_kind,
        score_version,
        sum(
            {{ double_to_decimal(
                'cast(global_weight_ratio as double)
                * cast(evidence_ratio as double)
                * cast(sub_score as double)', 18, 10
            ) }}
        ) as weighted_score
    from own_factors
    group by subject_id, as_of_date, subject_kind, score_version
),

standings as (
    select
        sums.subject_id,
        sums.as_of_date,
        {{ double_to_decimal(
            ratio('sums.weighted_score', 'total_weights.total_weight_ratio'),
            18, 10
        ) }} as standing
    from sums
    inner join total_weights
        on
            sums.score_version = total_weights.score_version
            and sums.subject_kind = total_weights.subject_kind
)

select * from standings
