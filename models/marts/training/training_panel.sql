-- grain: one row per outcome

with

outcome_labels as (
    select * from {{ ref('outcome_labels') }}
),

shares as (
    select
        max(case when parameter = 'train_ratio' then value end) as train_ratio,
        max(case when parameter = 'selection_ratio' then value end)
            as selection_ratio
    from {{ ref('training_parameters') }}
),

-- Split by subject and time: subjects in the order of their first dates, the
-- latest for the test. Those of one day are in the order of a hash.
first_dates as (
    select
        definition,
        subject_kind,
        subject_id,
        min(as_of_date) as first_date
    from outcome_labels
    where left_out_reason is null
    group by definition, subject_kind, subject_id
),

placed as (
    select
        *,
        cast(
            row_number() over (
                partition by definition, subject_kind
                order by first_date, md5(subject_id), subject_id
            ) - 1 as double
        ) / count(*) over (partition by definition, subject_kind) as place_ratio
    from first_dates
),

subject_parts as (
    select
        placed.*,
        case
            when placed.place_ratio < shares.train_ratio then 'train'
            when
                placed.place_ratio < shares.train_ratio + shares.selection_ratio
                then 'selection'
            else 'test'
        end as part
    from placed
    cross join shares
),

part_dates as (
    select
        definition,
        subject_kind,
        part,
        max(first_date) as last_date
    from subject_parts
    group by definition, subject_kind, part
),

-- A subject's outcomes from a later part's time are no part of an earlier one.
training_panel as (
    select
        outcome_labels.outcome_id,
        outcome_labels.subject_id,
        outcome_labels.as_of_date,
        outcome_labels.definition,
        outcome_labels.subject_kind,
        outcome_labels.maturity,
        case
            when outcome_labels.as_of_date <= part_dates.last_date
                then subject_parts.part
        end as part,
        case
            when outcome_labels.as_of_date > part_dates.last_date
                then 'later_than_part'
            else outcome_labels.left_out_reason
        end as left_out_reason,
        outcome_labels.is_default
    from outcome_labels
    left join subject_parts
        on
            outcome_labels.left_out_reason is null
            and outcome_labels.definition = subject_parts.definition
            and outcome_labels.subject_kind = subject_parts.subject_kind
            and outcome_labels.subject_id = subject_parts.subject_id
    left join part_dates
        on
            subject_parts.definition = part_dates.definition
            and subject_parts.subject_kind = part_dates.subject_kind
            and subject_parts.part = part_dates.part
)

select * from training_panel
