-- Alibaba Big Data Competition: what users did with brands on Tmall.

-- The file gives month and day only. The competition began in March 2014, so
-- that April to August are nominally those of 2013.
create temp macro nominal_year() as 2013;

create temp macro period_start() as make_timestamp(
    nominal_year(), 4, 15, 0, 0, 0
);

create temp table source_actions as
with

raw_actions as (
    select
        row_number() over () as source_row,
        *
    from read_csv(
        getvariable('source_folder') || '/t_alibaba_data.csv',
        header = true, delim = ',', all_varchar = true, parallel = false
    )
),

cast_actions as (
    select
        source_row,
        user_id as user_number,
        brand_id as brand_number,
        cast(type as integer) as type_code,
        make_timestamp(
            nominal_year(),
            cast(split_part(visit_datetime, '-', 1) as bigint),
            cast(split_part(visit_datetime, '-', 2) as bigint),
            0, 0, 0
        ) as acted_at
    from raw_actions
)

select
    source_row,
    'tmall:user:' || user_number as subject_id,
    'tmall:brand:' || brand_number as brand_id,
    type_code,
    acted_at,
    -- Known by what the row says and its place among equal rows, so that the
    -- order of the file does not matter.
    'tmall:' || user_number || ':' || brand_number || ':' || type_code || ':'
    || strftime(acted_at, '%Y-%m-%d') || ':' || row_number() over (
        partition by user_number, brand_number, type_code, acted_at
        order by source_row
    ) as action_id,
    case
        when type_code not in (0, 1, 2, 3)
            then 'type is none of the four documented'
    end as excluded_because
from cast_actions;
