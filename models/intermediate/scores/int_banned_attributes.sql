-- grain: one row per subject, as-of date, score version and attribute banned

with

subjects as (
    select * from {{ ref('int_measured_subjects') }}
),

cards as (
    select * from {{ ref('int_cards') }}
),

countries as (
    select distinct country
    from subjects
),

banned_there as (
    select
        countries.country,
        cards.score_version,
        cards.attribute_name
    from cards
    inner join countries
        on
            concat(' ', cards.banned_in, ' ')
            like concat('% ', countries.country, ' %')
    where cards.banned_in is not null
),

-- An attribute that the subject's jurisdiction bans does not come near a score.
banned as (
    select
        subjects.subject_id,
        subjects.as_of_date,
        banned_there.score_version,
        banned_there.attribute_name
    from subjects
    inner join banned_there on subjects.country = banned_there.country
)

select * from banned
