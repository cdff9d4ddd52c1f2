-- grain: one row per score version, as-of date, attribute of its card and bin or state without points
{# Whoever has no points is counted by subtraction: asking why would read every raw table. #}

with

scored_subjects as (
    select * from {{ ref('int_scored_subjects') }}
),

attribute_points as (
    select * from {{ ref('int_attribute_points') }}
),

consents as (
    select * from {{ ref('int_consent__in_force') }}
),

cards as (
    select * from {{ ref('int_cards') }}
),

attributes as (
    select * from {{ ref('attributes') }}
),

in_bins as (
    select
        attribute_points.score_version,
        attribute_points.as_of_date,
        attribute_points.attribute_name,
        attribute_points.bin_label,
        count(*) as subject_count
    from attribute_points
    -- but not those who are measured for a standing only
    inner join scored_subjects
        on {{ same_score('scored_subjects', 'attribute_points') }}
    group by
        attribute_points.score_version,
        attribute_points.as_of_date,
        attribute_points.attribute_name,
        attribute_points.bin_label
),

everybody as (
    select
        as_of_date,
        subject_kind,
        count(*) as subject_count
    from scored_subjects
    group by as_of_date, subject_kind
),

consented as (
    select
        scored_subjects.as_of_date,
        scored_subjects.subject_kind,
        consents.domain,
        count(*) as subject_count
    from consents
    inner join scored_subjects
        on {{ same_score('scored_subjects', 'consents') }}
    group by
        scored_subjects.as_of_date,
        scored_subjects.subject_kind,
        consents.domain
),

with_points as (
    select
        score_version,
        as_of_date,
        attribute_name,
        cast(sum(subject_count) as bigint) as subject_count
    from in_bins
    group by score_version, as_of_date, attribute_name
),

rest as (
    select
        cards.score_version,
        everybody.as_of_date,
        cards.attribute_name,
        everybody.subject_count
        - coalesce(with_points.subject_count, 0) as subject_count,
        everybody.subject_count
        - coalesce(consented.subject_count, 0) as without_consent_count
    from cards
    inner join attributes on cards.attribute_name = attributes.attribute_name
    inner join everybody on attributes.subject_kind = everybody.subject_kind
    left join consented
        on
            everybody.as_of_date = consented.as_of_date
            and everybody.subject_kind = consented.subject_kind
            and attributes.domain = consented.domain
    left join with_points
        on
            cards.score_version = with_points.score_version
            and everybody.as_of_date = with_points.as_of_date
            and cards.attribute_name = with_points.attribute_name
),

attribute_states as (
    select * from in_bins
    {%- for state, count in [
        ('not consented', 'least(without_consent_count, subject_count)'),
        ('no points', 'greatest(subject_count - without_consent_count, 0)'),
    ] %}
    union all
    select
        score_version,
        as_of_date,
        attribute_name,
        '{{ state }}' as bin_label,
        {{ count }} as subject_count
    from rest
    {%- endfor %}
)

select * from attribute_states
