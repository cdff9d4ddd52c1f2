-- grain: one row per subject, as-of date, score version and attribute banned

with

subjects as (
    select * from {{ ref('int_measured_subjects') }}
),

cards as (
    select * from {{ ref('int_cards') }}
),

countries as (
    select distinct coalesce(country, '') as country
    from subjects
),

-- Whoever's country is not known, or written as no code is, may live where the
-- attribute is banned: in doubt it is.
banned_there as (
    select
        countries.country,
        cards.score_version,
        cards.attribute_name
    from cards
    inner join countries
        on
            countries.country not like '__'
            or translate(
                countries.country, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', ''
            ) <> ''
            or concat(' ', cards.banned_in, ' ')
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
    inner join banned_there
        on
            coalesce(subjects.country, '') = banned_there.country
)

select * from banned
