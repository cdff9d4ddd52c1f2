-- SNAP soc-sign-bitcoin-alpha: who trusts whom on the Bitcoin Alpha platform.

-- What can be known of the members begins with the file.
create temp macro period_start() as timestamp '2010-11-08 00:00:00';

create temp table source_ratings as
with

raw_ratings as (
    select
        row_number() over () as source_row,
        *
    from read_csv(
        getvariable('source_folder') || '/soc-sign-bitcoinalpha.csv',
        header = true, delim = ',', all_varchar = true, parallel = false
    )
),

cast_ratings as (
    select
        source_row,
        cast("from" as bigint) as from_number,
        cast("to" as bigint) as to_number,
        cast(feature as smallint) as rating,
        -- Unix seconds, so UTC whatever the session's time zone.
        make_timestamp(cast(time as bigint) * 1000000) as rated_at
    from raw_ratings
)

select
    source_row,
    'bitcoin_alpha:member:' || from_number as from_subject_id,
    'bitcoin_alpha:member:' || to_number as to_subject_id,
    rating,
    rated_at,
    case
        when from_number = to_number then 'a member''s rating of itself'
        when rating = 0 then 'rating of zero, which the scale does not have'
    end as excluded_because
from cast_ratings;

create temp table members as
select from_subject_id as subject_id
from source_ratings
where excluded_because is null
union
select to_subject_id as subject_id
from source_ratings
where excluded_because is null;
