-- grain: one row per subject, as-of date, score version and attribute banned

with

subjects as (
    select * from {{ ref('int_measured_subjects') }}
),

cards as (
    select * from {{ ref('int_cards') }}
),

-- An attribute that the subject's jurisdiction bans does not come near a score.
banned as (
    select
        subjects.subject_id,
        subjects.as_of_date,
        cards.score_version,
        cards.attribute_name
    from cards
    inner join subjects
        on
            concat(' ', cards.banned_in, ' ')
            like concat('% ', subjects.country, ' %')
    where cards.banned_in is not null
)

select * from banned
